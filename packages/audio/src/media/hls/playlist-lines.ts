import { TrackError } from "../track-error.ts";

const maxLineLength = 16 * 1024;
/** Lines of a playlist, empty ones included. */
const maxLines = 500_000;

/** Line of a playlist: an address, or a tag with the text after its colon. */
export type PlaylistLine =
  | { readonly type: "address"; readonly address: string }
  | { readonly type: "tag"; readonly name: string; readonly value: string };

/** Error of a playlist that breaks the rules of RFC 8216. */
export const invalidPlaylist = (what: string): TrackError =>
  new TrackError(`The HLS playlist is not valid: ${what}.`, "COMMON");

/**
 * Reads the lines of a playlist, without comments.
 *
 * @throws TrackError if the text is not a playlist.
 */
export function* playlistLines(text: string): Generator<PlaylistLine> {
  if (!/^\uFEFF?#EXTM3U/.test(text)) throw invalidPlaylist("it does not begin with #EXTM3U");
  for (let at = 0, count = 0; at < text.length; count++) {
    if (count > maxLines) throw invalidPlaylist("it has too many lines");
    const feed = text.indexOf("\n", at);
    const end = feed < 0 ? text.length : feed;
    if (end - at > maxLineLength) throw invalidPlaylist("a line is too long");
    const line = text.slice(at, end).trim();
    at = end + 1;
    if (line.startsWith("#EXT")) {
      const colon = line.indexOf(":");
      const name = colon < 0 ? line : line.slice(0, colon);
      yield { type: "tag", name, value: colon < 0 ? "" : line.slice(colon + 1).trim() };
    } else if (line !== "" && !line.startsWith("#")) yield { type: "address", address: line };
  }
}
