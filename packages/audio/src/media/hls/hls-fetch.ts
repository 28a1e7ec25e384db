/** Bytes of an address from `start` (inclusive) to `end` (exclusive). */
export interface ByteRange {
  /** First byte. */
  readonly start: number;
  /** Byte after the last one. */
  readonly end: number;
}

/** Request for an address of an HLS stream. */
export interface HlsRequest {
  /** Absolute address, as the playlist names it. */
  readonly url: string;
  /** Part of the address; undefined for all of it. */
  readonly range?: ByteRange | undefined;
  /** Bytes from which on the response is refused. */
  readonly maxBytes: number;
  /** Timeout in ms, with all retries. */
  readonly timeoutMs: number;
}

/** Response to {@link HlsRequest}. */
export interface HlsResponse {
  /** Body of the response, or the requested part of it. */
  readonly bytes: Uint8Array;
  /** Address after redirects, to which relative addresses in a playlist refer. */
  readonly url: string;
}

/**
 * Fetches an address of an HLS stream. It decides which addresses may be connected to: they come from remote playlists.
 *
 * @throws TrackError when the address cannot be read; the signal's reason when it aborts.
 */
export type HlsFetch = (request: HlsRequest, signal: AbortSignal) => Promise<HlsResponse>;
