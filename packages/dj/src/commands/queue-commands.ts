import { type LoopMode, loopModes } from "@asterite/queue";
import { UserError } from "../errors.ts";
import { pluralize, quote } from "../sanitize.ts";
import { affectsAll, affectsNothing, affectsUpcoming, type Command, parseTrackNumber } from "./command.ts";

const loopTexts: Readonly<Record<LoopMode, string>> = {
  off: "Looping is off.",
  track: "Looping the current track.",
  queue: "Looping the queue.",
};

/** Commands that change the order of the queue. */
export const queueCommands: readonly Command[] = [
  {
    name: "loop",
    aliases: ["repeat"],
    usage: "[off, track or queue]",
    help: "shows or sets the loop mode",
    affects: (context) => (context.argument === "" ? affectsNothing() : affectsAll(context)),
    run: (context) => {
      const { player } = context.requirePlayer();
      const argument = context.argument.toLowerCase();
      if (argument === "") return `${loopTexts[player.queue.loop]} Choose off, track or queue.`;
      const mode = loopModes.find((name) => name === argument);
      if (!mode) throw new UserError("Unknown loop mode. Choose off, track or queue.");
      player.setLoop(mode);
      return loopTexts[mode];
    },
  },
  {
    name: "shuffle",
    usage: "",
    help: "shuffles the queue",
    affects: affectsUpcoming,
    run: (context) => {
      const { player } = context.requirePlayer();
      if (player.queue.upcoming.length < 2) throw new UserError("There's nothing to shuffle.");
      player.shuffle();
      return `Shuffled ${pluralize(player.queue.upcoming.length, "track")}.`;
    },
  },
  {
    name: "remove",
    aliases: ["rm"],
    usage: "<number>",
    help: "removes a track from the queue",
    affects: ({ argument, channelPlayer }) => {
      const entry = channelPlayer?.player.queue.upcoming[Number(argument) - 1];
      return { type: "existing", entries: entry ? [entry] : [] };
    },
    run: (context) => {
      const { player } = context.requirePlayer();
      const number = parseTrackNumber(context.argument, "a track number", player.queue.upcoming.length);
      return `Removed ${quote(player.remove(number - 1).track.title)}.`;
    },
  },
  {
    name: "move",
    usage: "<number> <new number>",
    help: "moves a track to another position in the queue",
    affects: affectsUpcoming,
    run: (context) => {
      const { player } = context.requirePlayer();
      const { length } = player.queue.upcoming;
      const [from = "", to = ""] = context.argument.split(/[\s,]+/);
      const source = parseTrackNumber(from, "a track number", length);
      const target = parseTrackNumber(to, "a new track number", length);
      return `Moved ${quote(player.move(source - 1, target - 1).track.title)} to position ${target}.`;
    },
  },
  {
    name: "clear",
    usage: "",
    help: "clears the queue; the current track keeps playing",
    affects: affectsUpcoming,
    run(context) {
      const { length } = context.requirePlayer().player.clear();
      return length === 0
        ? "The queue is already empty."
        : `Removed ${pluralize(length, "track")} from the queue.`;
    },
  },
];
