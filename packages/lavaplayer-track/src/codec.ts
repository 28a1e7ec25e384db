import { type DecodeOptions, decodeTrack } from "./decode.ts";
import { type EncodeOptions, encodeTrack } from "./encode.ts";
import type { Track, TrackInit } from "./track.ts";

/** {@link decodeTrack} with fixed options. */
export class TrackDecoder {
  readonly #options: DecodeOptions;

  constructor(options: DecodeOptions = {}) {
    this.#options = options;
  }

  /** Reads a base64 string; throws a {@link TrackFormatError} for what is no track. */
  decode(data: string | Uint8Array): Track {
    return decodeTrack(data, this.#options);
  }
}

/** {@link encodeTrack} with fixed options. */
export class TrackEncoder {
  readonly #options: EncodeOptions;

  constructor(options: EncodeOptions = {}) {
    this.#options = options;
  }

  /** Writes a track as base64; throws a {@link TrackFormatError} for what cannot be written. */
  encode(track: TrackInit): string {
    return encodeTrack(track, this.#options);
  }
}
