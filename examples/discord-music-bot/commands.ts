// Slash commands of the bot: their descriptions for Discord and their handlers.

import { QueueError } from "@asterite/queue";
import { type ChatInputCommandInteraction, escapeMarkdown, SlashCommandBuilder } from "discord.js";
import type { GuildMusic } from "./guild-music.ts";

type Interaction = ChatInputCommandInteraction<"cached">;

interface MusicCommand {
  readonly description: SlashCommandBuilder | ReturnType<SlashCommandBuilder["addStringOption"]>;
  /** Runs the command and returns the reply. */
  readonly run: (interaction: Interaction, music: GuildMusic) => string | Promise<string>;
}

/** Maximum number of upcoming tracks in the reply of `/queue`. */
const maxShownEntries = 10;
/** Maximum length of a Discord message in characters. */
const maxReplyLength = 2_000;

const command = (name: string, text: string): SlashCommandBuilder =>
  new SlashCommandBuilder().setName(name).setDescription(text);

// Titles are untrusted: their mentions, links and markup must have no effect.
const formatTitle = (title: string): string => escapeMarkdown(title.slice(0, 100));

const commands: readonly MusicCommand[] = [
  {
    description: command("play", "Plays a track, or adds it to the queue").addStringOption((option) =>
      option.setName("what").setDescription("Search terms or a URL").setRequired(true),
    ),
    async run(interaction, music) {
      const channelId = interaction.member.voice.channelId;
      if (channelId === null) return "Join a voice channel first.";
      const requester = { id: interaction.user.id, name: interaction.user.displayName };
      const query = interaction.options.getString("what", true);
      return formatTitle(await music.play(channelId, query, requester));
    },
  },
  {
    description: command("skip", "Skips to the next track"),
    run(_interaction, { player }) {
      const next = player.skip();
      return next ? `Now playing: ${formatTitle(next.track.title)}` : "The queue is empty.";
    },
  },
  {
    description: command("stop", "Stops playback, clears the queue and leaves"),
    async run(_interaction, music) {
      await music.leave();
      return "Stopped.";
    },
  },
  {
    description: command("queue", "Shows the current and upcoming tracks"),
    run(_interaction, { player }) {
      const { current, upcoming } = player.queue;
      if (!current) return "Nothing is playing.";
      const lines = upcoming
        .slice(0, maxShownEntries)
        .map(
          ({ track, requester }, index) =>
            `${index + 1}. ${formatTitle(track.title)} (${formatTitle(requester.name)})`,
        );
      const rest = upcoming.length - lines.length;
      return [
        `Now playing: ${formatTitle(current.track.title)}`,
        ...lines,
        ...(rest > 0 ? [`and ${rest} more`] : []),
      ].join("\n");
    },
  },
  {
    description: command("volume", "Sets the volume").addIntegerOption((option) =>
      option
        .setName("percent")
        .setDescription("Volume in percent; 100 is the original volume")
        .setMinValue(0)
        .setMaxValue(200)
        .setRequired(true),
    ),
    run(interaction, { player }) {
      const percent = interaction.options.getInteger("percent", true);
      player.setVolume(percent / 100);
      return `${percent} %`;
    },
  },
];

/** Descriptions of the commands, to be registered with Discord. */
export const descriptions = commands.map(({ description }) => description.toJSON());

/** Runs a command and replies to the user, even when it fails. */
export async function runCommand(interaction: Interaction, music: GuildMusic): Promise<void> {
  // Loading may take longer than the three seconds within which Discord expects a first reply.
  await interaction.deferReply();
  let text: string;
  try {
    const found = commands.find(({ description }) => description.name === interaction.commandName);
    text = (await found?.run(interaction, music)) ?? "Unknown command.";
  } catch (error) {
    text = error instanceof QueueError ? error.message : "Something went wrong. Please try again.";
    if (!(error instanceof QueueError)) console.error(error);
  }
  await interaction.editReply({ content: text.slice(0, maxReplyLength), allowedMentions: { parse: [] } });
}
