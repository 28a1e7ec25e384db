import { TrackFormatError } from "./errors.ts";

// This package represents bytes as "binary strings" with one character per byte: atob and btoa work on them
// natively, and ASCII text, by far the most common, needs only a slice and no decoding.

/** Maximum size of an encoded string in bytes: the length field is an unsigned 16-bit integer. */
export const maxTextBytes = 65_535;

/**
 * Decodes modified UTF-8, in which each UTF-16 code unit is encoded separately: a surrogate pair has six
 * bytes, and a lone surrogate is preserved. Also accepts the four-byte sequences of standard UTF-8, which
 * other encoders write.
 *
 * @param binary - Binary string that contains the range from `start` to `end`.
 * @throws TrackFormatError `MALFORMED_STRING` naming the field.
 */
export function decodeModifiedUtf8(binary: string, start: number, end: number, field: string): string {
  for (let at = start; at < end; at++) {
    if (binary.charCodeAt(at) > 0x7f)
      return binary.slice(start, at) + decodeMultiByte(binary, at, end, field);
  }
  return binary.slice(start, end);
}

function decodeMultiByte(binary: string, start: number, end: number, field: string): string {
  let text = "";
  for (let at = start; at < end; ) {
    const first = binary.charCodeAt(at);
    const size = sequenceSize(first);
    if (size === 0 || at + size > end) {
      throw new TrackFormatError("MALFORMED_STRING", field, `invalid sequence at offset ${at}`);
    }
    let point = size === 1 ? first : first & (0xff >> (size + 1));
    for (let next = at + 1; next < at + size; next++) {
      const byte = binary.charCodeAt(next);
      if ((byte & 0xc0) !== 0x80) {
        throw new TrackFormatError("MALFORMED_STRING", field, `no continuation byte at offset ${next}`);
      }
      point = (point << 6) | (byte & 0x3f);
    }
    if (point > 0x10ffff) {
      throw new TrackFormatError("MALFORMED_STRING", field, `invalid code point at offset ${at}`);
    }
    text += point > 0xffff ? String.fromCodePoint(point) : String.fromCharCode(point);
    at += size;
  }
  return text;
}

/** Returns the size of the sequence that starts with a byte; 0 for an invalid first byte. */
function sequenceSize(first: number): 0 | 1 | 2 | 3 | 4 {
  if (first < 0x80) return 1;
  if (first < 0xc0) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf8 ? 4 : 0;
}

/**
 * Encodes modified UTF-8 as a binary string.
 *
 * @throws TrackFormatError `STRING_TOO_LONG` naming the field, for more than {@link maxTextBytes} bytes.
 */
export function encodeModifiedUtf8(text: string, field: string): string {
  // A code unit has at least one byte, so a longer string needs no encoding to be rejected.
  const bytes = text.length > maxTextBytes ? text : encodeUnits(text);
  if (bytes.length > maxTextBytes) {
    throw new TrackFormatError("STRING_TOO_LONG", field, `must not exceed ${maxTextBytes} encoded bytes`);
  }
  return bytes;
}

function encodeUnits(text: string): string {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0 || unit > 0x7f) return text.slice(0, at) + encodeMultiByte(text, at);
  }
  return text;
}

function encodeMultiByte(text: string, start: number): string {
  let bytes = "";
  for (let at = start; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit !== 0 && unit <= 0x7f) {
      bytes += String.fromCharCode(unit);
    } else if (unit <= 0x7ff) {
      bytes += String.fromCharCode(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f));
    } else {
      bytes += String.fromCharCode(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
    }
  }
  return bytes;
}
