import type { QueueEntry } from "@asterite/queue";
import { UserError } from "../errors.ts";
import { formatDuration, parseSeekTime, quote } from "../sanitize.ts";
import { affectsAll, affectsCurrent, type Command, parseNumber } from "./command.ts";
import type { CommandContext } from "./command-context.ts";

const parseSkipCount = ({ argument, channelPlayer }: CommandContext): number => {
  const { current = null, upcoming = [] } = channelPlayer?.player.queue ?? {};
  const max = Math.max(1, upcoming.length + (current ? 1 : 0));
  return argument === "" ? 1 : parseNumber(argument, "a number", max);
};

/** Returns the reply for the entry that a command has started. */
function describeStarted({ channelPlayer }: CommandContext, entry: QueueEntry | null): string {
  channelPlayer?.markAnnounced(entry);
  return entry
    ? `Playing ${quote(entry.track.title)} by ${quote(entry.track.author, 60)}.`
    : "That was the last track.";
}

/** Commands that control the current track, or change which one it is. */
export const playbackCommands: readonly Command[] = [
  {
    name: "pause",
    usage: "",
    help: "pauses playback",
    affects: affectsCurrent,
    run: (context) => {
      const { player } = context.requirePlayer();
      if (player.paused) return `Already paused. Use \`${context.settings.prefix}resume\` to continue.`;
      player.pause();
      return `Paused at ${formatDuration(player.positionMs)}.`;
    },
  },
  {
    name: "resume",
    aliases: ["unpause"],
    usage: "",
    help: "resumes playback after a pause or after repeated failures",
    affects: affectsCurrent,
    run: (context) => {
      const { player } = context.requirePlayer();
      if (player.isBusy && !player.paused) return "Already playing.";
      player.resume();
      return "Resumed.";
    },
  },
  {
    name: "skip",
    aliases: ["s", "next"],
    usage: "[count]",
    help: "skips to the next track, or skips several tracks",
    affects: (context) => {
      const { current = null, upcoming = [] } = context.channelPlayer?.player.queue ?? {};
      const skipped = [...(current ? [current] : []), ...upcoming].slice(0, parseSkipCount(context));
      return { type: "existing", entries: skipped };
    },
    run: (context) => describeStarted(context, context.requirePlayer().player.skip(parseSkipCount(context))),
  },
  {
    name: "previous",
    aliases: ["prev", "back"],
    usage: "",
    help: "returns to the previous track",
    affects: affectsCurrent,
    run: (context) => {
      const entry = context.channelPlayer?.player.previous() ?? null;
      if (!entry) throw new UserError("There's no previous track.");
      return describeStarted(context, entry);
    },
  },
  {
    name: "stop",
    usage: "",
    help: "stops playback and clears the queue",
    affects: affectsAll,
    run: (context) => {
      context.requirePlayer().player.stop();
      return "Stopped and cleared the queue.";
    },
  },
  {
    name: "seek",
    usage: "<1:30, +10 or -10>",
    help: "jumps to a position, or forward or back by seconds",
    affects: affectsCurrent,
    run: (context) => {
      const { player } = context.requirePlayer();
      const time = parseSeekTime(context.argument);
      if (!time) {
        const { prefix } = context.settings;
        throw new UserError(`Give a position, for example \`${prefix}seek 1:30\` or \`${prefix}seek +10\`.`);
      }
      player.seek(Math.max(0, time.isRelative ? player.positionMs + time.ms : time.ms));
      return `Jumped to ${formatDuration(player.positionMs)}.`;
    },
  },
];
