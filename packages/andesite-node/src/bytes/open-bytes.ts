import type { ByteSource } from "@asterite/audio/media";
import { defaultByteLimits } from "./byte-limits.ts";
import { type ByteSettings, defaultUserAgent } from "./byte-settings.ts";
import type { Dialler } from "./dialler.ts";
import { openFile } from "./file-bytes.ts";
import { openHttp } from "./http-bytes.ts";
import type { MediaLocation } from "./media-location.ts";
import type { ReadAheadBudget } from "./read-ahead.ts";

/** Options of {@link openBytes}. */
export interface OpenBytesOptions extends Partial<Omit<ByteSettings, "allowPrivateAddresses">> {
  /** Opens all connections. */
  readonly dialler: Dialler;
  /** Cancels opening; an opened source is closed with its `close`. Default: never. */
  readonly signal?: AbortSignal | undefined;
  /** Budget of the bytes that are read ahead of the caller, once `readAhead` of the source is called. Default: none are. */
  readonly readAhead?: ReadAheadBudget;
  /** Returns the new location of a file whose URL has expired. Default: expired URLs fail. */
  readonly relocate?: (() => Promise<MediaLocation>) | undefined;
}

/**
 * Opens a file or an HTTP address. Apart from the first HTTP response, bytes are read on demand.
 *
 * @throws HttpStatusError for an HTTP status other than success; TrackError when the bytes cannot be read;
 *   the signal's reason when it aborts.
 */
export async function openBytes(location: MediaLocation, options: OpenBytesOptions): Promise<ByteSource> {
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const limits = { ...defaultByteLimits, ...options.limits };
  if (location.type === "file") return await openFile(location.path, limits);
  const { dialler, userAgent = defaultUserAgent, relocate = null, readAhead = null } = options;
  return await openHttp(location, { dialler, limits, userAgent, relocate, readAhead }, signal);
}
