import type { MediaPart } from "@asterite/audio/media";

/** Temporal fragment of Media Fragments URI 1.0: start and end in seconds. */
const fragment = /#t=(\d{1,7}(?:\.\d{1,9})?)(?:,(\d{1,7}(?:\.\d{1,9})?))?$/;

/** Identifier of a track that is a part of a file. */
export interface PartIdentifier {
  /** Identifier of the whole file. */
  readonly whole: string;
  readonly part: MediaPart;
}

/** Splits an identifier such as `/album.flac#t=12.5,200`; null if it names no part. */
export function splitPartIdentifier(identifier: string): PartIdentifier | null {
  const found = fragment.exec(identifier);
  if (!found || found.index === 0) return null;
  const [, start, end] = found;
  const part = { startSeconds: Number(start), endSeconds: end === undefined ? null : Number(end) };
  const isEmpty = part.endSeconds !== null && part.endSeconds <= part.startSeconds;
  return isEmpty ? null : { whole: identifier.slice(0, found.index), part };
}

/** Returns the identifier of a part of a file. */
export function joinPartIdentifier(whole: string, { startSeconds, endSeconds }: MediaPart): string {
  return `${whole}#t=${toDecimal(startSeconds)}${endSeconds === null ? "" : `,${toDecimal(endSeconds)}`}`;
}

/** Returns the identifier without the part that it may name. */
export const wholeOf = (identifier: string): string => splitPartIdentifier(identifier)?.whole ?? identifier;

/** Microseconds distinguish all samples. */
const toDecimal = (seconds: number): string => String(Number(seconds.toFixed(6)));
