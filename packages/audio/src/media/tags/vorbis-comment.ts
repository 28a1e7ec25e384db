import type { MediaLimits } from "../media-limits.ts";
import type { Artwork } from "./artwork.ts";
import { pictureField } from "./tags.ts";

/**
 * Reads the comment list of Vorbis, Opus and FLAC: length and text of the vendor, then length and text of
 * each comment, `NAME=value`. A truncated comment is dropped; of a picture that is too long, only the name is
 * kept.
 *
 * @param at - Offset of the vendor's length.
 * @param maxBytes - Maximum length of a comment that is read.
 */
export function readComments(bytes: Uint8Array, at: number, maxBytes: number): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder();
  const length = (place: number) => (place + 4 <= bytes.length ? view.getUint32(place, true) : 0);
  let place = at + 4 + length(at);
  const count = length(place);
  place += 4;
  for (let index = 0; index < count && place + 4 <= bytes.length; index++) {
    const end = place + 4 + length(place);
    const comment = bytes.subarray(place + 4, end);
    const split = comment.indexOf(0x3d);
    const name = split > 0 ? text.decode(comment.subarray(0, split)).toUpperCase() : "";
    const isShort = end <= bytes.length && comment.length <= maxBytes;
    if (name === pictureField && !isShort && !fields.has(name)) fields.set(name, "");
    if (end > bytes.length) break;
    place = end;
    if (name === "" || !isShort) continue;
    const value = text.decode(comment.subarray(split + 1));
    const before = fields.get(name);
    // Multiple artists are repeated comments.
    if (before === undefined) fields.set(name, value);
    else if (name === "ARTIST") fields.set(name, `${before}, ${value}`);
  }
  return fields;
}

/** Reads a FLAC picture block (RFC 9639, section 8.8). */
export function readFlacPicture(bytes: Uint8Array, limits: MediaLimits): Artwork | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = (place: number) => (place + 4 <= view.length ? view.readUInt32BE(place) : 0);
  const typeEnd = 8 + length(4);
  const dataAt = typeEnd + 4 + length(typeEnd) + 20;
  const dataBytes = length(dataAt - 4);
  if (dataBytes === 0 || dataBytes > limits.maxArtworkBytes || dataAt + dataBytes > view.length)
    return undefined;
  return {
    mimeType: view.toString("latin1", 8, typeEnd),
    data: new Uint8Array(bytes.subarray(dataAt, dataAt + dataBytes)),
  };
}
