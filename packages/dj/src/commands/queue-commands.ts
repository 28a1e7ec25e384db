import { loopModes } from "@asterite/queue";
import { UserError } from "../errors.ts";
import { counted, quoted } from "../sanitize.ts";
import { affectsAll, affectsNothing, type Call, type Command, readNumber, roomOf } from "./command.ts";

const meanings = { off: "off", track: "this track again and again", queue: "the queue round and round" };

const waiting = (call: Call) => call.room?.player.queue.upcoming ?? [];

/** What changes what comes when. */
export const orderingCommands: readonly Command[] = [
  {
    name: "loop",
    aliases: ["repeat"],
    usage: "[off, track or queue]",
    help: "plays the track or the whole queue again",
    affects: (call) => (call.argument === "" ? affectsNothing() : affectsAll(call)),
    run: (call) => {
      const { player } = roomOf(call);
      const argument = call.argument.toLowerCase();
      if (argument === "") return `Loop: ${meanings[player.queue.loop]}. There is off, track and queue.`;
      const mode = loopModes.find((name) => name === argument);
      if (!mode) throw new UserError("A loop can be off, track or queue.");
      player.setLoop(mode);
      return `Loop: ${meanings[mode]}.`;
    },
  },
  {
    name: "shuffle",
    usage: "",
    help: "brings what waits into any order",
    affects: (call) => ({ kind: "changes", entries: waiting(call) }),
    run: (call) => {
      const { player } = roomOf(call);
      if (player.queue.upcoming.length < 2) throw new UserError("There is nothing to shuffle.");
      player.shuffle();
      return `Shuffled ${counted(player.queue.upcoming.length, "track")}.`;
    },
  },
  {
    name: "remove",
    aliases: ["rm"],
    usage: "number",
    help: "takes a track out of the queue",
    affects: (call) => {
      const entry = waiting(call)[Number(call.argument) - 1];
      return { kind: "changes", entries: entry ? [entry] : [] };
    },
    run: (call) => {
      const { player } = roomOf(call);
      const { length } = player.queue.upcoming;
      const number = readNumber(call.argument, "the number of a track in the queue", length);
      return `Removed ${quoted(player.remove(number - 1).track.title)}.`;
    },
  },
  {
    name: "move",
    usage: "number, new number",
    help: "brings a track to another place in the queue",
    affects: (call) => ({ kind: "changes", entries: waiting(call) }),
    run: (call) => {
      const { player } = roomOf(call);
      const { length } = player.queue.upcoming;
      const [from = "", to = ""] = call.argument.split(/[\s,]+/);
      const source = readNumber(from, "the number of a track in the queue", length);
      const target = readNumber(to, "its new number", length);
      return `${quoted(player.move(source - 1, target - 1).track.title)} is number ${target} now.`;
    },
  },
  {
    name: "clear",
    usage: "",
    help: "empties the queue; what plays goes on",
    affects: (call) => ({ kind: "changes", entries: waiting(call) }),
    run: (call) => `Removed ${counted(roomOf(call).player.clear().length, "track")}.`,
  },
];
