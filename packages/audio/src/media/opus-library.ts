/// <reference path="./evan-opus-wasm.d.ts" />
import { CodecError } from "./codec-error.ts";

/** Build of libopus: WebAssembly is the only one (`docs/decisions/0012-libopus.md`). */
export type OpusBuild = "wasm";

/** The encoder of the package; `OpusEncoder` wraps it. */
export interface RawEncoder {
  /** Encodes the interleaved samples of one frame. */
  encode(samples: Int16Array): Uint8Array;
  ctl(request: number, value: number): number;
  /** Frees its memory. */
  drop(): void;
}

/** The decoder of the package; `OpusDecoder` wraps it. */
export interface RawDecoder {
  /** Returns interleaved 16-bit samples as bytes. */
  decode(packet: Uint8Array): Uint8Array;
  /** Frees its memory. */
  drop(): void;
}

/** The loaded library, set to stereo at 48 kHz. */
export interface OpusLibrary {
  /** Build of libopus in use. */
  readonly build: OpusBuild;
  /** Creates an encoder; the caller frees it with `drop`. */
  encoder(): RawEncoder;
  /** Creates a decoder; the caller frees it with `drop`. */
  decoder(): RawDecoder;
}

type Build<T> = new (options: { channels: number; sample_rate: number; application?: string }) => T;

const isBuild = <T>(value: unknown): value is Build<T> => typeof value === "function";

async function load(): Promise<OpusLibrary> {
  // Not the native build of the package: its threads write into one buffer (docs/decisions/0012-libopus.md).
  const { Encoder, Decoder } = await import("@evan/opus/wasm/index.mjs").catch((cause: unknown) => {
    const message = "libopus could not be loaded: is the package @evan/opus installed?";
    throw new CodecError("CODEC_UNAVAILABLE", message, { cause });
  });
  if (!isBuild<RawEncoder>(Encoder) || !isBuild<RawDecoder>(Decoder))
    throw new TypeError("@evan/opus has no Encoder and Decoder");
  const options = { channels: 2, sample_rate: 48_000 } as const;
  return {
    build: "wasm",
    encoder: () => new Encoder({ ...options, application: "audio" }),
    decoder: () => new Decoder(options),
  };
}

let library: Promise<OpusLibrary> | undefined;

/**
 * Loads libopus once for this thread.
 *
 * @throws CodecError `CODEC_UNAVAILABLE` if the package is not installed.
 */
export function loadOpus(): Promise<OpusLibrary> {
  library ??= load();
  return library;
}
