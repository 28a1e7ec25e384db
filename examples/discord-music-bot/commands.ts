// Slash commands of the bot: their definitions and handlers.

import { QueueError } from "@asterite/queue";
import { type ChatInputCommandInteraction, escapeMarkdown, SlashCommandBuilder } from "discord.js";
import type { GuildMusic } from "./guild-music.ts";

type Interaction = ChatInputCommandInteraction<"cached">;

interface MusicCommand {
  readonly description: SlashCommandBuilder | ReturnType<SlashCommandBuilder["addStringOption"]>;
  /** Runs the command and returns the reply. */
  readonly run: (interaction: Interaction, music: GuildMusic) => string | Promise<string>;
}

/** Maximum number of upcoming entries in a reply. */
const maxShown = 10;
/** Maximum length of a Discord message, in characters. */
const maxReplyLength = 2_000;

const command = (name: string, text: string): SlashCommandBuilder =>
  new SlashCommandBuilder().setName(name).setDescription(text);

// Titles and names are untrusted: they must not format text or mention users.
const escapeText = (title: string): string => escapeMarkdown(title.slice(0, 100));

const commands: readonly MusicCommand[] = [
  {
    description: command("play", "Plays a track, or adds it to the queue").addStringOption((option) =>
      option.setName("what").setDescription("Search terms or a URL").setRequired(true),
    ),
    async run(interaction, music) {
      const channelId = interaction.member.voice.channelId;
      if (channelId === null) return "Join a voice channel first.";
      const requester = { id: interaction.user.id, name: interaction.user.displayName };
      const what = await music.play(channelId, interaction.options.getString("what", true), requester);
      return escapeText(what);
    },
  },
  {
    description: command("skip", "Skips to the next track"),
    run(_interaction, { player }) {
      const next = player.skip();
      return next ? `Now playing: ${escapeText(next.track.title)}` : "That was the last track.";
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
    description: command("queue", "Shows the current track and the queue"),
    run(_interaction, { player }) {
      const { current, upcoming } = player.queue;
      if (!current) return "Nothing is playing.";
      const lines = upcoming
        .slice(0, maxShown)
        .map(
          ({ track, requester }, index) =>
            `${index + 1}. ${escapeText(track.title)} (${escapeText(requester.name)})`,
        );
      const rest = upcoming.length - lines.length;
      return [
        `Now: ${escapeText(current.track.title)}`,
        ...lines,
        ...(rest > 0 ? [`and ${rest} more`] : []),
      ].join("\n");
    },
  },
  {
    description: command("volume", "Sets the volume").addIntegerOption((option) =>
      option
        .setName("percent")
        .setDescription("100 is the original level")
        .setMinValue(0)
        .setMaxValue(200)
        .setRequired(true),
    ),
    run(interaction, { player }) {
      const percent = interaction.options.getInteger("percent", true);
      player.setVolume(percent / 100);
      return `Volume set to ${percent}%.`;
    },
  },
];

/** Command definitions to register with Discord. */
export const commandDefinitions = commands.map(({ description }) => description.toJSON());

/** Runs a command and sends the reply, or the reason why it failed. */
export async function handleCommand(interaction: Interaction, music: GuildMusic): Promise<void> {
  // Discord expects a first response within three seconds; loading may take longer.
  await interaction.deferReply();
  let text: string;
  try {
    const found = commands.find(({ description }) => description.name === interaction.commandName);
    text = (await found?.run(interaction, music)) ?? "Unknown command.";
  } catch (error) {
    text = error instanceof QueueError ? error.message : "Something went wrong. The error has been logged.";
    if (!(error instanceof QueueError)) console.error(error);
  }
  await interaction.editReply({ content: text.slice(0, maxReplyLength), allowedMentions: { parse: [] } });
}
