import { sanitizeLine } from "@asterite/commands";
import type { QueueEntry, QueuePlayer, QueueTrack } from "@asterite/queue";
import type { ArtworkLink } from "./artwork-link.ts";

/** Key of the channel state that holds the music state. */
export const musicKey = "music";

/** Maximum number of upcoming entries that are published. */
const maxEntries = 20;
/** Maximum size of the state, in characters of JSON; slightly below the limit of servers. */
const maxStateLength = 16_000;

/** Published track. Texts are sanitized lines of bounded length. */
interface MusicTrack {
  readonly title: string;
  readonly author: string;
  readonly lengthMs: number | null;
}

/** State published in a channel; described in `docs/music-state.md`. */
export interface MusicState {
  readonly v: 1;
  readonly player: {
    readonly track: MusicTrack & { readonly uri: string | null; readonly artwork: string | null };
    readonly positionMs: number;
    /** Time of the position, in ms since 1970. */
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
  title: sanitizeLine(title, 200),
  author: sanitizeLine(author, 100),
  lengthMs,
});

/** Returns a web URL unchanged, and null for any other URI: paths of local files must not be published. */
const toWebUrl = (uri: string | null): string | null =>
  uri !== null && /^https?:\/\/[^\s]{1,1000}$/i.test(uri) ? uri : null;

const toQueueItem = ({ track, requester }: QueueEntry): MusicState["queue"][number] => ({
  ...toMusicTrack(track),
  by: sanitizeLine(requester.name, 64),
});

/**
 * Builds the state to publish for a player. Shortens the queue until the state fits, however long the texts
 * are.
 *
 * @param stationTitle - Title that a station announced last; null for none. It is published in the place of the track's title, and
 *   the name of the station in that of the author.
 * @param listenUrl - Public URL or path of the audio; null for none.
 */
export function buildMusicState(
  player: QueuePlayer,
  stationTitle: string | null,
  listenUrl: string | null,
  artwork: Pick<ArtworkLink, "urlOf">,
  nowMs = Date.now(),
): MusicState {
  const { current, upcoming } = player.queue;
  const playing = player.isBusy &&
    current && {
      track: {
        ...toMusicTrack(
          stationTitle === null
            ? current.track
            : { ...current.track, title: stationTitle, author: current.track.title },
        ),
        uri: toWebUrl(current.track.uri),
        artwork: artwork.urlOf(current),
      },
      positionMs: player.positionMs,
      at: nowMs,
      paused: player.paused,
      volume: Math.round(100 * player.volume),
    };
  const queueLength = upcoming.length;
  for (let count = Math.min(maxEntries, queueLength); ; count = Math.floor(count / 2)) {
    const queue = upcoming.slice(0, count).map(toQueueItem);
    const state: MusicState = { v: 1, player: playing || null, queue, queueLength, listen: listenUrl };
    if (count === 0 || JSON.stringify(state).length <= maxStateLength) return state;
  }
}
