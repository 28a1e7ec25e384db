import { type DecodeOptions, decodeTrack } from "./decode.ts";
import { type EncodeOptions, encodeTrack } from "./encode.ts";
import type { Track, TrackInit } from "./track.ts";

/** Decoder of tracks with fixed options, see {@link decodeTrack}. */
export class TrackDecoder {
  readonly #options: DecodeOptions;

  constructor(options: DecodeOptions = {}) {
    this.#options = options;
  }

  /** Decodes a track from base64 or bytes; throws a {@link TrackFormatError} for malformed data. */
  decode(data: string | Uint8Array): Track {
    return decodeTrack(data, this.#options);
  }
}

/** Encoder of tracks with fixed options, see {@link encodeTrack}. */
export class TrackEncoder {
  readonly #options: EncodeOptions;

  constructor(options: EncodeOptions = {}) {
    this.#options = options;
  }

  /** Encodes a track as base64; throws a {@link TrackFormatError} for values that cannot be encoded. */
  encode(track: TrackInit): string {
    return encodeTrack(track, this.#options);
  }
}
