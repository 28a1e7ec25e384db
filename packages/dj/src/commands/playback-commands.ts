import { arg, type Bot, quote, UserError } from "@asterite/commands";
import type { QueueEntry } from "@asterite/queue";
import type { ChannelPlayers } from "../channel/channel-players.ts";
import { formatDuration, parseSeekTime } from "../format.ts";
import type { DjSettings } from "../options.ts";
import type { ChannelMusic, DjContext } from "./channel-music.ts";
import { parseNumber } from "./numbers.ts";

/** Returns the reply for the entry that a command has started. */
function describeStarted(music: ChannelMusic, entry: QueueEntry | null): string {
  music.markAnnounced(entry);
  return entry
    ? `Playing ${quote(entry.track.title)} by ${quote(entry.track.author, 60)}.`
    : "That was the last track.";
}

const changesCurrent = ({ music }: DjContext) => music.checkAccess(music.current);

const seekTime = arg.custom({
  allowed: "a position with seconds from 0 to 59, such as 1:30, or an offset, such as +10 or -10",
  parse: parseSeekTime,
});

/** Adds the commands that control the current track, or change which one it is. */
export function addPlaybackCommands(
  bot: Bot<DjContext>,
  players: ChannelPlayers,
  { prefix }: DjSettings,
): void {
  const skipCount = arg.custom<number>({
    allowed: "a number of tracks",
    parse: (text, { channel }) => {
      const { current, upcoming } = players.requireActive(channel).player.queue;
      return parseNumber(text, "a number", Math.max(1, upcoming.length + (current ? 1 : 0)));
    },
  });

  bot.command("pause", {
    description: "pauses playback",
    check: changesCurrent,
    run: ({ music: { player } }) => {
      if (player.paused) return `Already paused. Use \`${prefix}resume\` to continue.`;
      player.pause();
      return `Paused at ${formatDuration(player.positionMs)}.`;
    },
  });
  bot.command("resume", {
    aliases: ["unpause"],
    description: "resumes playback after a pause or after repeated failures",
    check: changesCurrent,
    run: ({ music: { player } }) => {
      if (player.isBusy && !player.paused) return "Already playing.";
      player.resume();
      return "Resumed.";
    },
  });
  bot.command("skip", {
    aliases: ["s", "next"],
    description: "skips to the next track, or skips several tracks",
    args: { count: skipCount.default(1) },
    check: ({ music }, { count }) => music.checkAccess(music.entries.slice(0, count)),
    run: ({ music }, { count }) => describeStarted(music, music.player.skip(count)),
  });
  bot.command("previous", {
    aliases: ["prev", "back"],
    description: "returns to the previous track",
    check: changesCurrent,
    run: ({ music }) => {
      const entry = music.channelPlayer?.player.previous();
      if (!entry) throw new UserError("There's no previous track.");
      return describeStarted(music, entry);
    },
  });
  bot.command("stop", {
    description: "stops playback and clears the queue",
    check: ({ music }) => music.checkAccess(music.entries),
    run: ({ music }) => {
      music.player.stop();
      return "Stopped and cleared the queue.";
    },
  });
  bot.command("seek", {
    description: "jumps to a position, or forward or back by seconds",
    args: { position: seekTime },
    check: changesCurrent,
    run: ({ music: { player } }, { position }) => {
      const lengthMs = player.queue.current?.track.lengthMs ?? null;
      const targetMs = Math.max(0, position.isRelative ? player.positionMs + position.ms : position.ms);
      if (lengthMs !== null && targetMs > lengthMs) {
        const target = formatDuration(targetMs);
        throw new UserError(`${target} is past the end: the track is ${formatDuration(lengthMs)} long.`);
      }
      player.seek(targetMs);
      return `Jumped to ${formatDuration(player.positionMs)}.`;
    },
  });
}
