import type { IncomingHttpHeaders } from "node:http";
import { TrackError } from "@asterite/audio/media";

/** Which part of a file an answer holds; from `start` up to but not including `end`. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
  /** Number of bytes of the whole file; null where the server does not know. */
  readonly size: number | null;
}

/** Reads a `Content-Range` header (RFC 9110, section 14.4); null where it makes no sense. */
export function parseContentRange(header: string | undefined): ContentRange | null {
  const match = /^\s*bytes\s+(\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)\s*$/i.exec(header ?? "");
  if (!match) return null;
  const start = Number(match[1]);
  const end = Number(match[2]) + 1;
  const size = match[3] === "*" ? null : Number(match[3]);
  const isPossible = start < end && (size === null || end <= size);
  return isPossible && Number.isSafeInteger(end) && Number.isSafeInteger(size ?? 0)
    ? { start, end, size }
    : null;
}

/** Reads a `Content-Length` header; null where there is none. */
export function parseContentLength(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : null;
}

/** The type that a server gives, in small letters and without parameters; null where it gives none. */
export const contentTypeOf = (headers: IncomingHttpHeaders): string | null =>
  headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() || null;

/** @throws TrackError where the bytes are compressed: ranges of those are of no use. */
export function refuseEncoding(headers: IncomingHttpHeaders): void {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new TrackError("The server compresses the file, although it was asked not to.", "COMMON");
  }
}
