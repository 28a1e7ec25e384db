// The commands of the bot, as Discord shows them and as they are carried out.

import { QueueError } from "@asterite/queue";
import { type ChatInputCommandInteraction, escapeMarkdown, SlashCommandBuilder } from "discord.js";
import type { GuildMusic } from "./guild-music.ts";

type Interaction = ChatInputCommandInteraction<"cached">;

interface MusicCommand {
  readonly description: SlashCommandBuilder | ReturnType<SlashCommandBuilder["addStringOption"]>;
  /** Answers what the bot says. */
  readonly run: (interaction: Interaction, music: GuildMusic) => string | Promise<string>;
}

/** Entries that are shown of a queue. */
const shown = 10;
/** More characters than this are no message. */
const maxAnswer = 2_000;

const command = (name: string, text: string): SlashCommandBuilder =>
  new SlashCommandBuilder().setName(name).setDescription(text);

// Titles are strangers' texts: they must not make the bot mention, link or format anything.
const show = (title: string): string => escapeMarkdown(title.slice(0, 100));

const commands: readonly MusicCommand[] = [
  {
    description: command("play", "Plays a track, or adds it to the queue").addStringOption((option) =>
      option.setName("what").setDescription("Words to search for, or an address").setRequired(true),
    ),
    async run(interaction, music) {
      const channelId = interaction.member.voice.channelId;
      if (channelId === null) return "Join a voice channel first.";
      const requester = { id: interaction.user.id, name: interaction.user.displayName };
      const what = await music.play(channelId, interaction.options.getString("what", true), requester);
      return show(what);
    },
  },
  {
    description: command("skip", "Plays what comes next"),
    run(_interaction, { player }) {
      const next = player.skip();
      return next ? `Now: ${show(next.track.title)}` : "That was the last one.";
    },
  },
  {
    description: command("stop", "Ends the music, empties the queue and leaves"),
    async run(_interaction, music) {
      await music.leave();
      return "Bye.";
    },
  },
  {
    description: command("queue", "Shows what plays and what comes next"),
    run(_interaction, { player }) {
      const { current, upcoming } = player.queue;
      if (!current) return "Nothing plays.";
      const lines = upcoming
        .slice(0, shown)
        .map(({ track, requester }, index) => `${index + 1}. ${show(track.title)} (${show(requester.name)})`);
      const rest = upcoming.length - lines.length;
      return [`Now: ${show(current.track.title)}`, ...lines, ...(rest > 0 ? [`and ${rest} more`] : [])].join(
        "\n",
      );
    },
  },
  {
    description: command("volume", "Sets the volume").addIntegerOption((option) =>
      option
        .setName("percent")
        .setDescription("100 is as loud as the track is")
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

/** What Discord is told about the commands. */
export const descriptions = commands.map(({ description }) => description.toJSON());

/** Carries a command out; what goes wrong is said to whoever asked. */
export async function answer(interaction: Interaction, music: GuildMusic): Promise<void> {
  // Loading may take longer than the three seconds that Discord waits for a first answer.
  await interaction.deferReply();
  let text: string;
  try {
    const found = commands.find(({ description }) => description.name === interaction.commandName);
    text = (await found?.run(interaction, music)) ?? "There is no such command.";
  } catch (error) {
    text = error instanceof QueueError ? error.message : "That did not work.";
    if (!(error instanceof QueueError)) console.error(error);
  }
  await interaction.editReply({ content: text.slice(0, maxAnswer), allowedMentions: { parse: [] } });
}
