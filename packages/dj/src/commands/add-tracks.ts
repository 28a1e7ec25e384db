import { quote } from "@asterite/commands";
import { QueueError } from "@asterite/queue";
import { formatDuration, pluralize } from "../format.ts";
import type { TrackSearchResult } from "../nodes/track-search.ts";
import type { ChannelMusic } from "./channel-music.ts";

/** Place of added tracks: at the end of the queue, there in random order, at its front, or in place of the current track. */
export type AddMode = "back" | "shuffled" | "front" | "now";

/**
 * Queues the tracks for which the queue has room. Returns the reply.
 *
 * @throws QueueError `QUEUE_FULL` if it has none.
 */
export function addTracks(
  music: ChannelMusic,
  { tracks, playlist, omitted, omittedByNode = 0 }: TrackSearchResult,
  mode: AddMode,
  maxQueue: number,
): string {
  const { requester } = music;
  const { player } = music.getOrCreatePlayer();
  const wasBusy = player.isBusy;
  const free = maxQueue - player.queue.upcoming.length;
  const fitting = (mode === "shuffled" ? shuffle(tracks) : tracks).slice(0, Math.max(0, free));
  if (fitting.length === 0) throw new QueueError("QUEUE_FULL", "the queue has no room");
  const isFirst = mode === "front" || mode === "now";
  const entries = player.add(fitting, requester, isFirst ? "front" : "back");
  const [first] = entries;
  if (!first) return "No tracks were added.";
  if (mode === "now" && player.queue.current?.id !== first.id) player.skip();
  const isPlaying = (!wasBusy || mode === "now") && player.queue.current?.id === first.id;
  if (isPlaying) music.markAnnounced(first);
  const missing = omitted + tracks.length - fitting.length;
  const note =
    (missing > 0 ? ` ${pluralize(missing, "track")} didn't fit.` : "") +
    (omittedByNode > 0 ? ` ${omittedByNode} more weren't loaded: the audio node limits playlists.` : "");
  if (playlist !== undefined) {
    const start = isPlaying ? `, starting with ${quote(first.track.title)}` : "";
    return `Added ${pluralize(entries.length, "track")} from ${quote(playlist)}${start}.${note}`;
  }
  const { title, author, lengthMs } = first.track;
  const name = `${quote(title)} by ${quote(author, 60)} (${formatDuration(lengthMs)})`;
  if (isPlaying) return `Playing ${name}.`;
  const number = player.queue.upcoming.findIndex(({ id }) => id === first.id) + 1;
  return `Added ${name} at position ${number} in the queue.`;
}

/** Returns the items in random order. */
function shuffle<Item>(items: readonly Item[]): readonly Item[] {
  const left = [...items];
  return items.flatMap(() => left.splice(Math.floor(Math.random() * left.length), 1));
}
