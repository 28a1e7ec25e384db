import { setImmediate as nextTurn } from "node:timers/promises";
import { MasterPlaylistParser } from "./master-playlist.ts";
import { type MediaPlaylist, MediaPlaylistParser } from "./media-playlist.ts";
import { playlistLines } from "./playlist-lines.ts";

/** Parsed playlist. */
export type HlsPlaylist =
  | { readonly type: "media"; readonly playlist: MediaPlaylist }
  | {
      readonly type: "master";
      /** Addresses of media playlists with audio, best first. */
      readonly addresses: readonly string[];
    };

/** Lines that are parsed before other work has its turn: a long playlist must not delay the audio of other players. */
const linesPerTurn = 2_000;

/**
 * Parses a playlist.
 *
 * @throws TrackError if it is not valid.
 */
export async function parseHlsPlaylist(text: string, maxSegments: number): Promise<HlsPlaylist> {
  const isMaster = /^#EXT-X-STREAM-INF:/m.test(text);
  const parser = isMaster ? new MasterPlaylistParser() : new MediaPlaylistParser(maxSegments);
  let count = 0;
  for (const line of playlistLines(text)) {
    parser.add(line);
    if (++count % linesPerTurn === 0) await nextTurn();
  }
  return parser instanceof MasterPlaylistParser
    ? { type: "master", addresses: parser.finish() }
    : { type: "media", playlist: parser.finish() };
}

/** Returns whether the text of an M3U playlist is that of an HLS stream. */
export const isHlsPlaylist = (text: string): boolean => /^#EXT-X-(?:TARGETDURATION|STREAM-INF):/m.test(text);
