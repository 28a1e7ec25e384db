import type { ByteSource } from "@asterite/audio/media";
import { defaultByteLimits } from "./byte-limits.ts";
import { type ByteSettings, defaultUserAgent } from "./byte-settings.ts";
import type { Dialler } from "./dialler.ts";
import { openFile } from "./file-bytes.ts";
import { openHttp } from "./http-bytes.ts";
import type { MediaLocation } from "./media-location.ts";

/** Options of {@link openBytes}. */
export interface OpenBytesOptions extends Partial<Omit<ByteSettings, "allowPrivateAddresses">> {
  /** Opens the connections. */
  readonly dialler: Dialler;
  /** Gives up opening; what has been opened is closed by its `close`. Default: never. */
  readonly signal?: AbortSignal | undefined;
  /** Finds the present address of a file that has expired while it was read. Default: nobody does. */
  readonly relocate?: (() => Promise<MediaLocation>) | undefined;
}

/**
 * Opens the bytes of a track: a file, or what an address of the web leads to. Nothing is read before it is asked
 * for, but for the start that tells what it is.
 *
 * @throws HttpStatusError when a server answers with a status that is no success; TrackError when there are no
 *   bytes to be had; what the signal was aborted with.
 */
export async function openBytes(location: MediaLocation, options: OpenBytesOptions): Promise<ByteSource> {
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const limits = { ...defaultByteLimits, ...options.limits };
  if (location.type === "file") return await openFile(location.path, limits);
  const { dialler, userAgent = defaultUserAgent, relocate = null } = options;
  return await openHttp(location, { dialler, limits, userAgent, relocate }, signal);
}
