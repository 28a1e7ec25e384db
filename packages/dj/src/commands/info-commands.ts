import type { QueueEntry } from "@asterite/queue";
import { clockText, counted, quoted, quotedBlock } from "../sanitize.ts";
import { affectsNothing, type Command, readNumber, roomOf } from "./command.ts";

const perPage = 10;
const barLength = 20;
const longestLyrics = 3_000;

const line = ({ track, requester }: QueueEntry): string =>
  `${quoted(track.title, 60)} by ${quoted(track.author, 40)} (${clockText(track.lengthMs)}), for ${quoted(requester.name, 32)}`;

/** `▬▬▬●▬▬` */
function bar(positionMs: number, lengthMs: number): string {
  const at = Math.min(barLength - 1, Math.floor((barLength * positionMs) / Math.max(1, lengthMs)));
  return `${"▬".repeat(at)}●${"▬".repeat(barLength - 1 - at)}`;
}

/** What only tells. */
export const tellingCommands: readonly Command[] = [
  {
    name: "queue",
    aliases: ["q"],
    usage: "[page]",
    help: "shows what plays and what comes",
    affects: affectsNothing,
    run: (call) => {
      const { player } = roomOf(call);
      const { current, upcoming, loop, durationMs } = player.queue;
      const pages = Math.max(1, Math.ceil(upcoming.length / perPage));
      const page = call.argument === "" ? 1 : readNumber(call.argument, "the number of a page", pages);
      const first = (page - 1) * perPage;
      const list = upcoming
        .slice(first, first + perPage)
        .map((entry, index) => `${first + index + 1}. ${line(entry)}`);
      const now = current ? `${player.paused ? "Paused" : "Now"}: ${line(current)}` : "Nothing plays.";
      const length = durationMs === null ? "" : `, ${clockText(durationMs)}`;
      const total =
        upcoming.length === 0 ? "Nothing waits." : `${counted(upcoming.length, "track")}${length}`;
      const more = pages > 1 ? `, page ${page} of ${pages}` : "";
      return [now, ...list, `${total}${more}${loop === "off" ? "" : `, loop: ${loop}`}`].join("\n");
    },
  },
  {
    name: "nowplaying",
    aliases: ["np"],
    usage: "",
    help: "shows what plays and where it is",
    affects: affectsNothing,
    run: (call) => {
      const { player } = roomOf(call);
      const { current } = player.queue;
      if (!current) return "Nothing plays.";
      const { lengthMs } = current.track;
      const at = clockText(player.positionMs);
      const where =
        lengthMs === null ? at : `${bar(player.positionMs, lengthMs)} ${at} of ${clockText(lengthMs)}`;
      return `${line(current)}\n${where}${player.paused ? ", paused" : ""}`;
    },
  },
  {
    name: "lyrics",
    usage: "",
    help: "shows the words of the song, if its tags have them",
    affects: affectsNothing,
    run: async (call) => {
      const { current } = roomOf(call).player.queue;
      if (!current) return "Nothing plays.";
      const lyrics = await call.findLyrics(current);
      const title = quoted(current.track.title);
      if (lyrics === null || lyrics.trim() === "") return `The tags of ${title} hold no words.`;
      return `${title}\n${quotedBlock(lyrics, longestLyrics)}`;
    },
  },
];
