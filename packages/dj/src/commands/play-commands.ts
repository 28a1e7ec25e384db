import { type InsertPosition, QueueError } from "@asterite/queue";
import { UserError } from "../errors.ts";
import { clockText, counted, quoted } from "../sanitize.ts";
import { type Call, type Command, requesterOf } from "./command.ts";

async function add(call: Call, place: InsertPosition): Promise<string> {
  const { argument } = call;
  const room = call.open();
  const { tracks, playlist, leftOut } = await room.serialize(() => call.find(argument));
  const { player } = room;
  const wasBusy = player.isBusy;
  const free = call.settings.maxQueue - player.queue.upcoming.length;
  const fitting = tracks.slice(0, Math.max(0, free));
  if (fitting.length === 0) throw new QueueError("QUEUE_FULL", "there is no room");
  const entries = player.add(fitting, requesterOf(call), place);
  const [first] = entries;
  if (!first) return "There was nothing in it.";
  const isPlaying = !wasBusy && player.queue.current?.id === first.id;
  if (isPlaying) room.markAnnounced(first);
  const missing = leftOut + tracks.length - fitting.length;
  const rest = missing > 0 ? ` ${counted(missing, "track")} had no room.` : "";
  if (playlist !== null) {
    const now = isPlaying ? `, beginning with ${quoted(first.track.title)}` : "";
    return `Added ${counted(entries.length, "track")} of ${quoted(playlist)}${now}.${rest}`;
  }
  const { title, author, lengthMs } = first.track;
  const what = `${quoted(title)} by ${quoted(author, 60)} (${clockText(lengthMs)})`;
  if (isPlaying) return `Playing ${what}.`;
  const number = player.queue.upcoming.findIndex(({ id }) => id === first.id) + 1;
  return `Added ${what} as number ${number} in the queue.`;
}

const usage = "words, file or address";

/** What puts tracks into the queue. */
export const addingCommands: readonly Command[] = [
  {
    name: "play",
    aliases: ["p"],
    usage,
    help: "plays a track or a playlist, or puts it at the end of the queue",
    more: ({ prefix }) =>
      "Words are searched. A file is one of the music folder, an address one of a file, a stream or a " +
      `playlist. Without anything, it goes on after \`${prefix}pause\`.`,
    affects: ({ argument, room }) =>
      argument === "" && room
        ? { kind: "changes", entries: room.player.queue.current ? [room.player.queue.current] : [] }
        : { kind: "adds" },
    run: async (call) => {
      const { argument, room, settings } = call;
      if (argument !== "") return await add(call, "back");
      if (room && !room.isEmpty && (room.player.paused || !room.player.isBusy)) {
        room.player.resume();
        return "Going on.";
      }
      throw new UserError(`What shall I play? For example: \`${settings.prefix}play moonlight sonata\``);
    },
  },
  {
    name: "playnext",
    usage,
    help: "the same, but it comes before everything that waits",
    affects: (call) => ({ kind: "changes", entries: call.room?.player.queue.upcoming ?? [] }),
    run: async (call) => {
      if (call.argument === "") throw new UserError("What shall come next?");
      return await add(call, "front");
    },
  },
];
