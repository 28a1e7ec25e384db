import { createDecipheriv } from "node:crypto";
import { TrackError } from "../track-error.ts";
import type { ByteRange, HlsFetch } from "./hls-fetch.ts";
import type { HlsLimits } from "./hls-limits.ts";
import type { MediaMap, Segment, SegmentKey } from "./media-playlist.ts";
import { invalidPlaylist } from "./playlist-lines.ts";

const keyBytes = 16;
const maxAddressLength = 8_192;
/** Keys that are kept: streams change theirs every few segments. */
const maxKeys = 4;

/**
 * Resolves an address in a playlist.
 *
 * @throws TrackError if it is not one of HTTP or HTTPS.
 */
export function resolveAddress(address: string, base: string): string {
  const url = address.length > maxAddressLength ? null : URL.parse(address, base);
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    throw invalidPlaylist("it refers to an address that is not HTTP or HTTPS");
  return url.href;
}

/** Fetches and decrypts segments, their keys and initialisation sections. */
export class SegmentLoader {
  readonly #fetch: HlsFetch;
  readonly #limits: HlsLimits;
  readonly #keys = new Map<string, Uint8Array>();
  #map: { readonly id: string; readonly bytes: Uint8Array } | undefined;

  constructor(fetch: HlsFetch, limits: HlsLimits) {
    this.#fetch = fetch;
    this.#limits = limits;
  }

  /**
   * Loads a segment.
   *
   * @param base - Address of the playlist.
   * @throws TrackError; the signal's reason when it aborts.
   */
  async load(
    { address, range, key, number }: Segment,
    base: string,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const maxBytes = this.#limits.segmentBytes;
    return await this.#loadPart({ address, range, key, number, maxBytes }, base, signal);
  }

  /** Loads an initialisation section. The last one is kept. */
  async loadMap(map: MediaMap, number: number, base: string, signal: AbortSignal): Promise<Uint8Array> {
    const id = `${resolveAddress(map.address, base)} ${map.range?.start} ${map.range?.end}`;
    if (this.#map?.id !== id) {
      const part = { ...map, number, maxBytes: this.#limits.mapBytes };
      this.#map = { id, bytes: await this.#loadPart(part, base, signal) };
    }
    return this.#map.bytes;
  }

  async #loadPart(
    part: {
      readonly address: string;
      readonly range: ByteRange | undefined;
      readonly key: SegmentKey | undefined;
      readonly number: number;
      readonly maxBytes: number;
    },
    base: string,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { range, key, number, maxBytes } = part;
    if (range && range.end - range.start > maxBytes)
      throw new TrackError("A segment of the HLS stream is too large.", "COMMON");
    const url = resolveAddress(part.address, base);
    const secret = key && (await this.#loadKey(key, base, signal));
    const { bytes } = await this.#fetch({ url, range, maxBytes, timeoutMs: this.#limits.segmentMs }, signal);
    return secret && key.method === "AES-128" ? decrypt(bytes, secret, key.iv ?? vectorOf(number)) : bytes;
  }

  async #loadKey(key: SegmentKey, base: string, signal: AbortSignal): Promise<Uint8Array> {
    if (key.method !== "AES-128")
      throw new TrackError(`The encryption of this HLS stream, ${key.name}, is not supported.`, "COMMON");
    const url = resolveAddress(key.address, base);
    const known = this.#keys.get(url);
    if (known) return known;
    const request = { url, maxBytes: 4 * keyBytes, timeoutMs: this.#limits.playlistMs };
    const { bytes } = await this.#fetch(request, signal);
    if (bytes.length !== keyBytes)
      throw new TrackError("The key of the HLS stream does not have 16 bytes.", "COMMON");
    this.#keys.set(url, bytes);
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > maxKeys && oldest !== undefined) this.#keys.delete(oldest);
    return bytes;
  }
}

/** Returns the initialisation vector of a segment without one: its number (RFC 8216, section 5.2). */
function vectorOf(number: number): Uint8Array {
  const vector = Buffer.alloc(keyBytes);
  vector.writeBigUInt64BE(BigInt(number), 8);
  return vector;
}

function decrypt(bytes: Uint8Array, key: Uint8Array, vector: Uint8Array): Uint8Array {
  try {
    const decipher = createDecipheriv("aes-128-cbc", key, vector);
    return Buffer.concat([decipher.update(bytes), decipher.final()]);
  } catch (error) {
    throw new TrackError("A segment of the HLS stream cannot be decrypted.", "COMMON", { cause: error });
  }
}
