import type { LoopMode, QueueEntry } from "@asterite/queue";
import { formatDuration, pluralize, quote, quoteBlock } from "../sanitize.ts";
import { affectsNothing, type Command, parseNumber } from "./command.ts";

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

/** Commands that only show information. */
export const infoCommands: readonly Command[] = [
  {
    name: "queue",
    aliases: ["q"],
    usage: "[page]",
    help: "shows the current track and the queue",
    affects: affectsNothing,
    run: (context) => {
      const { player } = context.requirePlayer();
      const { current, upcoming, loop, durationMs } = player.queue;
      const pages = Math.max(1, Math.ceil(upcoming.length / entriesPerPage));
      const page = context.argument === "" ? 1 : parseNumber(context.argument, "a page", pages);
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
  },
  {
    name: "nowplaying",
    aliases: ["np"],
    usage: "",
    help: "shows the current track and its position",
    affects: affectsNothing,
    run: (context) => {
      const { player } = context.requirePlayer();
      const { current } = player.queue;
      if (!current) return nothingPlaying;
      const { lengthMs } = current.track;
      const position = formatDuration(player.positionMs);
      const progress =
        lengthMs === null
          ? position
          : `${progressBar(player.positionMs, lengthMs)} ${position} / ${formatDuration(lengthMs)}`;
      return `${describeEntry(current)}\n${progress}${player.paused ? " (paused)" : ""}`;
    },
  },
  {
    name: "lyrics",
    usage: "",
    help: "shows the lyrics, if the file has them in its tags",
    affects: affectsNothing,
    run: async (context) => {
      const { current } = context.requirePlayer().player.queue;
      if (!current) return nothingPlaying;
      const lyrics = await context.findLyrics(current);
      const title = quote(current.track.title);
      if (lyrics === undefined || lyrics.trim() === "") return `No lyrics in the tags of ${title}.`;
      return `${title}\n${quoteBlock(lyrics, maxLyricsLength)}`;
    },
  },
];
