import { arg, type Bot, quote, UserError } from "@asterite/commands";
import { type LoopMode, loopModes } from "@asterite/queue";
import type { ChannelPlayers } from "../channel/channel-players.ts";
import { pluralize } from "../format.ts";
import type { DjContext } from "./channel-music.ts";
import { parseTrackNumber } from "./numbers.ts";

const loopTexts: Readonly<Record<LoopMode, string>> = {
  off: "Looping is off.",
  track: "Looping the current track.",
  queue: "Looping the queue.",
};

const changesUpcoming = ({ music }: DjContext) => music.checkAccess(music.upcoming);

/** Adds the commands that change the order of the queue. */
export function addQueueCommands(bot: Bot<DjContext>, players: ChannelPlayers): void {
  const trackNumber = arg.custom<number>({
    allowed: "the number of a track in the queue",
    parse: (text, { channel }) => parseTrackNumber(text, "a track number", players.requireActive(channel)),
  });
  const trackNumbers = arg.custom<{ readonly from: number; readonly to: number }>({
    allowed: "the number of a track and its new number, such as 3 1",
    takesRest: true,
    parse: (text, { channel }) => {
      const channelPlayer = players.requireActive(channel);
      const [from = "", to = ""] = text.split(/[\s,]+/);
      return {
        from: parseTrackNumber(from, "a track number", channelPlayer),
        to: parseTrackNumber(to, "a new track number", channelPlayer),
      };
    },
  });

  bot.command("loop", {
    aliases: ["repeat"],
    description: "shows or sets the loop mode",
    args: { mode: arg.choice(loopModes).optional() },
    check: ({ music }, { mode }) => mode === undefined || music.checkAccess(music.entries),
    run: ({ music: { player } }, { mode }) => {
      if (mode === undefined) return `${loopTexts[player.queue.loop]} Choose off, track or queue.`;
      player.setLoop(mode);
      return loopTexts[mode];
    },
  });
  bot.command("shuffle", {
    description: "shuffles the queue",
    check: changesUpcoming,
    run: ({ music: { player } }) => {
      if (player.queue.upcoming.length < 2) throw new UserError("There's nothing to shuffle.");
      player.shuffle();
      return `Shuffled ${pluralize(player.queue.upcoming.length, "track")}.`;
    },
  });
  bot.command("remove", {
    aliases: ["rm"],
    description: "removes a track from the queue",
    args: { number: trackNumber },
    check: ({ music }, { number }) => music.checkAccess(music.upcoming.slice(number - 1, number)),
    run: ({ music: { player } }, { number }) => `Removed ${quote(player.remove(number - 1).track.title)}.`,
  });
  bot.command("move", {
    description: "moves a track to another position in the queue",
    args: { numbers: trackNumbers },
    check: changesUpcoming,
    run: ({ music: { player } }, { numbers: { from, to } }) =>
      `Moved ${quote(player.move(from - 1, to - 1).track.title)} to position ${to}.`,
  });
  bot.command("clear", {
    description: "clears the queue; the current track keeps playing",
    check: changesUpcoming,
    run: ({ music: { player } }) => {
      const { length } = player.clear();
      return length === 0
        ? "The queue is already empty."
        : `Removed ${pluralize(length, "track")} from the queue.`;
    },
  });
}
