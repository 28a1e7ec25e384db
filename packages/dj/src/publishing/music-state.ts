import type { QueueEntry, QueuePlayer, QueueTrack } from "@asterite/queue";
import { plain } from "../sanitize.ts";

/** Key of the channel state under which music is published. */
export const musicKey = "music";

/** How many of those that wait are published. */
const mostEntries = 20;
/** A little below what servers take, in characters of JSON. */
const largestValue = 16_000;

/** A track as it is published. Texts are plain lines of bounded length. */
interface MusicTrack {
  readonly title: string;
  readonly author: string;
  readonly lengthMs: number | null;
}

/** What is published in a channel; described in `docs/music-state.md`. */
export interface MusicState {
  readonly v: 1;
  readonly player: {
    readonly track: MusicTrack & { readonly uri: string | null; readonly artwork: string | null };
    readonly positionMs: number;
    /** ms since 1970 at which the position was true. */
    readonly at: number;
    readonly paused: boolean;
    /** Percent. */
    readonly volume: number;
  } | null;
  readonly queue: readonly (MusicTrack & { readonly by: string })[];
  readonly queueLength: number;
  readonly listen: string | null;
}

const toMusicTrack = ({ title, author, lengthMs }: QueueTrack): MusicTrack => ({
  title: plain(title, 200),
  author: plain(author, 100),
  lengthMs,
});

/** Only what a page may link to; the path of a file is nobody's business. */
const webAddress = (address: string | null): string | null =>
  address !== null && /^https?:\/\/[^\s]{1,1000}$/i.test(address) ? address : null;

const toWaiting = ({ track, requester }: QueueEntry): MusicState["queue"][number] => ({
  ...toMusicTrack(track),
  by: plain(requester.name, 64),
});

/** Where what a queue plays can be heard and seen. */
export interface MusicPlaces {
  readonly listen: string | null;
  /** The picture of an entry, a path of the server or an address of the web; null for none. */
  artworkOf(entry: QueueEntry): string | null;
}

/** What to publish about a queue. It always fits, whatever strangers have put into titles. */
export function musicState(
  player: QueuePlayer,
  { listen, artworkOf }: MusicPlaces,
  nowMs = Date.now(),
): MusicState {
  const { current, upcoming } = player.queue;
  const playing = player.isBusy &&
    current && {
      track: {
        ...toMusicTrack(current.track),
        uri: webAddress(current.track.uri),
        artwork: artworkOf(current),
      },
      positionMs: player.positionMs,
      at: nowMs,
      paused: player.paused,
      volume: Math.round(100 * player.volume),
    };
  const queueLength = upcoming.length;
  for (let count = Math.min(mostEntries, queueLength); ; count = Math.floor(count / 2)) {
    const queue = upcoming.slice(0, count).map(toWaiting);
    const state: MusicState = { v: 1, player: playing || null, queue, queueLength, listen };
    if (count === 0 || JSON.stringify(state).length <= largestValue) return state;
  }
}
