import type { QueueEntry } from "@asterite/queue";
import { UserError } from "../errors.ts";
import { clockText, quoted, readClock } from "../sanitize.ts";
import { affectsAll, affectsCurrent, type Call, type Command, readNumber, roomOf } from "./command.ts";

const skipCount = ({ argument, room }: Call): number => {
  const { current = null, upcoming = [] } = room?.player.queue ?? {};
  const most = Math.max(1, upcoming.length + (current ? 1 : 0));
  return argument === "" ? 1 : readNumber(argument, "how many tracks to pass over", most);
};

/** What is said about the entry that a command has brought to the front. */
function goingTo(call: Call, entry: QueueEntry | null): string {
  call.room?.markAnnounced(entry);
  return entry
    ? `Playing ${quoted(entry.track.title)} by ${quoted(entry.track.author, 60)}.`
    : "That was the last one.";
}

/** What changes how the present track plays, or which one it is. */
export const playingCommands: readonly Command[] = [
  {
    name: "pause",
    usage: "",
    help: "holds the music",
    affects: affectsCurrent,
    run: (call) => {
      const { player } = roomOf(call);
      if (player.paused) return `It is paused already. \`${call.settings.prefix}resume\` goes on.`;
      player.pause();
      return `Paused at ${clockText(player.positionMs)}.`;
    },
  },
  {
    name: "resume",
    aliases: ["unpause"],
    usage: "",
    help: "goes on after a pause, or after too many failures",
    affects: affectsCurrent,
    run: (call) => {
      const { player } = roomOf(call);
      if (player.isBusy && !player.paused) return "It is playing already.";
      player.resume();
      return "Going on.";
    },
  },
  {
    name: "skip",
    aliases: ["s", "next"],
    usage: "[how many]",
    help: "goes on with the next track",
    affects: (call) => {
      const { current = null, upcoming = [] } = call.room?.player.queue ?? {};
      const passed = [...(current ? [current] : []), ...upcoming].slice(0, skipCount(call));
      return { kind: "changes", entries: passed };
    },
    run: (call) => goingTo(call, roomOf(call).player.skip(skipCount(call))),
  },
  {
    name: "previous",
    aliases: ["prev", "back"],
    usage: "",
    help: "goes back to the track before",
    affects: affectsCurrent,
    run: (call) => {
      const entry = call.room?.player.previous() ?? null;
      if (!entry) throw new UserError("There was nothing before.");
      return goingTo(call, entry);
    },
  },
  {
    name: "stop",
    usage: "",
    help: "ends the music and empties the queue",
    affects: affectsAll,
    run: (call) => {
      roomOf(call).player.stop();
      return "Stopped, and the queue is empty.";
    },
  },
  {
    name: "seek",
    usage: "1:30, +10 or -10",
    help: "goes to a position, or some seconds on or back",
    affects: affectsCurrent,
    run: (call) => {
      const { player } = roomOf(call);
      const time = readClock(call.argument);
      if (!time) throw new UserError(`Where to? For example: \`${call.settings.prefix}seek 1:30\``);
      player.seek(Math.max(0, time.isRelative ? player.positionMs + time.ms : time.ms));
      return `At ${clockText(player.positionMs)} now.`;
    },
  },
];
