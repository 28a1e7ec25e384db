import { arg, type Bot, quote, quoteBlock } from "@asterite/commands";
import type { LoopMode, QueueEntry } from "@asterite/queue";
import type { ChannelPlayers } from "../channel/channel-players.ts";
import { formatDuration, pluralize } from "../format.ts";
import type { DjContext } from "./channel-music.ts";
import { parseNumber } from "./numbers.ts";

const entriesPerPage = 10;
const barLength = 20;
/** Maximum length of lyrics in a reply, in characters. */
const maxLyricsLength = 3_000;

const nothingPlaying = "Nothing is playing.";
const loopNotes: Readonly<Record<LoopMode, string>> = {
  off: "",
  track: ", looping the current track",
  queue: ", looping the queue",
};

const describeEntry = ({ track, requester }: QueueEntry): string => {
  const name = `${quote(track.title, 60)} by ${quote(track.author, 40)}`;
  return `${name} (${formatDuration(track.lengthMs)}), requested by ${quote(requester.name, 32)}`;
};

/** Formats a progress bar: `▬▬▬●▬▬` */
function progressBar(positionMs: number, lengthMs: number): string {
  const at = Math.min(barLength - 1, Math.floor((barLength * positionMs) / Math.max(1, lengthMs)));
  return `${"▬".repeat(at)}●${"▬".repeat(barLength - 1 - at)}`;
}

const countPages = (upcoming: readonly QueueEntry[]): number =>
  Math.max(1, Math.ceil(upcoming.length / entriesPerPage));

/** Adds the commands that only show information. */
export function addInfoCommands(bot: Bot<DjContext>, players: ChannelPlayers): void {
  const pageNumber = arg.custom<number>({
    allowed: "the number of a page",
    parse: (text, { channel }) =>
      parseNumber(text, "a page", countPages(players.requireActive(channel).player.queue.upcoming)),
  });

  bot.command("queue", {
    aliases: ["q"],
    description: "shows the current track and the queue",
    args: { page: pageNumber.default(1) },
    run: ({ music: { player } }, { page }) => {
      const { current, upcoming, loop, durationMs } = player.queue;
      const pages = countPages(upcoming);
      const first = (page - 1) * entriesPerPage;
      const list = upcoming
        .slice(first, first + entriesPerPage)
        .map((entry, index) => `${first + index + 1}. ${describeEntry(entry)}`);
      const now = current ? `${player.paused ? "Paused" : "Now"}: ${describeEntry(current)}` : nothingPlaying;
      const duration = durationMs === null ? "" : `, ${formatDuration(durationMs)}`;
      const total =
        upcoming.length === 0
          ? "The queue is empty"
          : `${pluralize(upcoming.length, "track")} in the queue${duration}`;
      const pageNote = pages > 1 ? `, page ${page} of ${pages}` : "";
      return [now, ...list, `${total}${pageNote}${loopNotes[loop]}.`].join("\n");
    },
  });
  bot.command("nowplaying", {
    aliases: ["np"],
    description: "shows the current track and its position",
    run: ({ music: { player, channelPlayer } }) => {
      const { current } = player.queue;
      if (!current) return nothingPlaying;
      const { lengthMs } = current.track;
      const position = formatDuration(player.positionMs);
      const progress =
        lengthMs === null
          ? position
          : `${progressBar(player.positionMs, lengthMs)} ${position} / ${formatDuration(lengthMs)}`;
      const stationTitle = channelPlayer?.stationTitle ?? null;
      const title = stationTitle === null ? "" : `${quote(stationTitle)} on `;
      return `${title}${describeEntry(current)}\n${progress}${player.paused ? " (paused)" : ""}`;
    },
  });
  bot.command("lyrics", {
    description: "shows the lyrics, if the file has them in its tags",
    run: async ({ music }) => {
      const { current } = music.player.queue;
      if (!current) return nothingPlaying;
      const lyrics = await music.findLyrics(current);
      const title = quote(current.track.title);
      if (lyrics === undefined || lyrics.trim() === "") return `No lyrics in the tags of ${title}.`;
      return `${title}\n${quoteBlock(lyrics, maxLyricsLength)}`;
    },
  });
}
