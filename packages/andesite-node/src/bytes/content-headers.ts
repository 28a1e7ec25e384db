import type { IncomingHttpHeaders } from "node:http";
import { TrackError } from "@asterite/audio/media";

/** Part of a file that a response contains, from `start` (inclusive) to `end` (exclusive). */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
  /** Size of the whole file in bytes; null if the server does not know it. */
  readonly size: number | null;
}

/** Parses a `Content-Range` header (RFC 9110, section 14.4). Returns null if it is missing or invalid. */
export function parseContentRange(header: string | undefined): ContentRange | null {
  const match = /^\s*bytes\s+(\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)\s*$/i.exec(header ?? "");
  if (!match) return null;
  const start = Number(match[1]);
  const end = Number(match[2]) + 1;
  const size = match[3] === "*" ? null : Number(match[3]);
  const isConsistent = start < end && (size === null || end <= size);
  return isConsistent && Number.isSafeInteger(end) && Number.isSafeInteger(size ?? 0)
    ? { start, end, size }
    : null;
}

/** Parses a `Content-Length` header. Returns null if it is missing or invalid. */
export function parseContentLength(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : null;
}

/**
 * Returns the media type of a response in lower case and without parameters; null if the server sends none.
 */
export const contentTypeOf = (headers: IncomingHttpHeaders): string | null =>
  headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() || null;

/**
 * Rejects compressed responses: their ranges count compressed bytes.
 *
 * @throws TrackError when the response has a content encoding.
 */
export function rejectCompression(headers: IncomingHttpHeaders): void {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new TrackError("The server compresses the file, which this node does not support.", "COMMON");
  }
}
