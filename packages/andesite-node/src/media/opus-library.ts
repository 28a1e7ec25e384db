import { NodeError } from "../errors.ts";

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
  encoder(): RawEncoder;
  decoder(): RawDecoder;
}

type Build<T> = new (options: { channels: number; sample_rate: number; application?: string }) => T;

const isBuild = <T>(value: unknown): value is Build<T> => typeof value === "function";

// Not the native build of the package: its threads write into one buffer (docs/decisions/0012-libopus.md).
const name: string = "@evan/opus/wasm/index.mjs";

async function importPackage(): Promise<unknown> {
  try {
    return await import(name);
  } catch (cause) {
    const message = "libopus could not be loaded: is the package @evan/opus installed?";
    throw new NodeError("bad-option", message, { cause });
  }
}

async function load(): Promise<OpusLibrary> {
  const loaded = await importPackage();
  const found = typeof loaded === "object" && loaded !== null && "Encoder" in loaded && "Decoder" in loaded;
  if (!found || !isBuild<RawEncoder>(loaded.Encoder) || !isBuild<RawDecoder>(loaded.Decoder))
    throw new TypeError(`${name} has no Encoder and Decoder`);
  const { Encoder, Decoder } = loaded;
  const options = { channels: 2, sample_rate: 48_000 } as const;
  return {
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
