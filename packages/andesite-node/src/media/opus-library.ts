/// <reference path="./evan-opus-wasm.d.ts" />
import { NodeError } from "../errors.ts";

/** Which build of libopus is used; there may be others one day. */
export type OpusBuild = "wasm";

/** An encoder as the package has it; `OpusEncoder` is for use. */
export interface RawEncoder {
  /** Takes interleaved samples of a frame. */
  encode(samples: Int16Array): Uint8Array;
  ctl(request: number, value: number): number;
  /** Frees it. */
  drop(): void;
}

/** A decoder as the package has it; `OpusDecoder` is for use. */
export interface RawDecoder {
  /** Gives the bytes of interleaved samples of 16 bits. */
  decode(packet: Uint8Array): Uint8Array;
  /** Frees it. */
  drop(): void;
}

/** libopus, loaded; stereo at 48 kHz. */
export interface OpusLibrary {
  readonly build: OpusBuild;
  encoder(): RawEncoder;
  decoder(): RawDecoder;
}

type Build<T> = new (options: { channels: number; sample_rate: number; application?: string }) => T;

const isBuild = <T>(value: unknown): value is Build<T> => typeof value === "function";

async function load(): Promise<OpusLibrary> {
  // Not the native build of the package: its threads write into one buffer (docs/decisions/0012-libopus.md).
  const { Encoder, Decoder } = await import("@evan/opus/wasm/index.mjs").catch((cause: unknown) => {
    const message = "libopus could not be loaded: is the package @evan/opus installed?";
    throw new NodeError("bad-option", message, { cause });
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
 * @throws NodeError if the package is not installed.
 */
export function loadOpus(): Promise<OpusLibrary> {
  library ??= load();
  return library;
}
