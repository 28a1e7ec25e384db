import { type InsertPosition, QueueError } from "@asterite/queue";
import { UserError } from "../errors.ts";
import { formatDuration, pluralize, quote } from "../sanitize.ts";
import { affectsCurrent, affectsUpcoming, type Command } from "./command.ts";
import type { CommandContext } from "./command-context.ts";

/** Finds and queues tracks. Returns the reply. */
async function addTracks(context: CommandContext, insertAt: InsertPosition): Promise<string> {
  const { argument, requester, settings } = context;
  const channelPlayer = context.getOrCreatePlayer();
  const { tracks, playlist, omitted } = await channelPlayer.searchInOrder(() => context.findTracks(argument));
  const { player } = channelPlayer;
  const wasBusy = player.isBusy;
  const free = settings.maxQueue - player.queue.upcoming.length;
  const fitting = tracks.slice(0, Math.max(0, free));
  if (fitting.length === 0) throw new QueueError("QUEUE_FULL", "the queue has no room");
  const entries = player.add(fitting, requester, insertAt);
  const [first] = entries;
  if (!first) return "No tracks were added.";
  const isPlaying = !wasBusy && player.queue.current?.id === first.id;
  if (isPlaying) channelPlayer.markAnnounced(first);
  const missing = omitted + tracks.length - fitting.length;
  const note = missing > 0 ? ` ${pluralize(missing, "track")} didn't fit.` : "";
  if (playlist !== undefined) {
    const start = isPlaying ? `, starting with ${quote(first.track.title)}` : "";
    return `Added ${pluralize(entries.length, "track")} from ${quote(playlist)}${start}.${note}`;
  }
  const { title, author, lengthMs } = first.track;
  const name = `${quote(title)} by ${quote(author, 60)} (${formatDuration(lengthMs)})`;
  if (isPlaying) return `Playing ${name}.`;
  const number = player.queue.upcoming.findIndex(({ id }) => id === first.id) + 1;
  return `Added ${name} at position ${number} in the queue.`;
}

const usage = "<search, file or URL>";

/** Commands that add tracks. */
export const playCommands: readonly Command[] = [
  {
    name: "play",
    aliases: ["p"],
    usage,
    help: "plays a track or playlist, or adds it to the queue",
    details: ({ prefix }) =>
      "Give search terms, the path of a file in the music folder, or the URL of a file, stream or playlist. " +
      `Without an argument it resumes playback, like \`${prefix}resume\`.`,
    affects: (context) =>
      context.argument === "" && context.channelPlayer ? affectsCurrent(context) : { type: "added" },
    run: async (context) => {
      const { argument, channelPlayer, settings } = context;
      if (argument !== "") return await addTracks(context, "back");
      if (channelPlayer && !channelPlayer.isEmpty) {
        const { player } = channelPlayer;
        if (player.paused || !player.isBusy) {
          player.resume();
          return "Resumed.";
        }
      }
      throw new UserError(`What should I play? For example: \`${settings.prefix}play moonlight sonata\``);
    },
  },
  {
    name: "playnext",
    usage,
    help: "adds a track or playlist to the front of the queue",
    affects: affectsUpcoming,
    run: async (context) => {
      if (context.argument === "") throw new UserError("What should I play next?");
      return await addTracks(context, "front");
    },
  },
];
