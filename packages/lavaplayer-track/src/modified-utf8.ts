import { TrackFormatError } from "./errors.ts";

// Bytes travel through this package as "binary strings", one character per byte: atob and btoa work on them
// natively, and ASCII text, which is nearly all of it, is then a slice instead of a decoding.

/** The longest text in bytes after encoding: its length is an unsigned 16-bit number. */
export const maxTextBytes = 65_535;

/**
 * Reads modified UTF-8: UTF-16 code units are encoded one by one, so a surrogate pair takes six bytes and a
 * lone surrogate survives. Sequences of four bytes, which other encoders write, are accepted too.
 *
 * @param binary - One character per byte; `start` to `end` must lie inside.
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
      throw new TrackFormatError("MALFORMED_STRING", field, `bad sequence at offset ${at}`);
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
      throw new TrackFormatError("MALFORMED_STRING", field, `no character at offset ${at}`);
    }
    text += point > 0xffff ? String.fromCodePoint(point) : String.fromCharCode(point);
    at += size;
  }
  return text;
}

/** Bytes of the sequence that a byte begins; 0 where none does. */
function sequenceSize(first: number): 0 | 1 | 2 | 3 | 4 {
  if (first < 0x80) return 1;
  if (first < 0xc0) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf8 ? 4 : 0;
}

/**
 * Writes modified UTF-8, one character per byte.
 *
 * @throws TrackFormatError `STRING_TOO_LONG` naming the field, for more than {@link maxTextBytes} bytes.
 */
export function encodeModifiedUtf8(text: string, field: string): string {
  // A code unit takes at least one byte, so nothing longer needs to be walked.
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
