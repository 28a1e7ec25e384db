import { NodeError } from "../errors.ts";

/** Which build of libopus is used. */
export type OpusBuild = "native" | "wasm";

/** An encoder as its package has it; `OpusEncoder` is for use. */
export interface RawEncoder {
  /** Takes interleaved samples of a frame. */
  encode(samples: Int16Array): Uint8Array;
  ctl(request: number, value: number): void;
}

/** A decoder as its package has it; `OpusDecoder` is for use. */
export interface RawDecoder {
  /** Gives the bytes of interleaved samples of 16 bits. */
  decode(packet: Uint8Array): Uint8Array;
}

/** libopus, loaded. */
export interface OpusLibrary {
  readonly build: OpusBuild;
  encoder(): RawEncoder;
  decoder(): RawDecoder;
}

const options = { channels: 2, sample_rate: 48_000 } as const;

/** A port to Rust, as a module for Node. Each thread may load it. */
async function loadNative(): Promise<OpusLibrary> {
  const { default: mediaplex } = await import("mediaplex");
  const create = () => mediaplex.OpusEncoder.create(options.sample_rate, options.channels);
  return {
    build: "native",
    encoder: () => {
      const raw = create();
      return {
        encode: (samples) => raw.encode(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)),
        ctl: (request, value) => raw.applyEncoderCtl(request, value),
      };
    },
    decoder: () => {
      const raw = create();
      return {
        decode: (packet) => raw.decode(Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength)),
      };
    },
  };
}

type Build<T> = new (options: { channels: number; sample_rate: number; application?: string }) => T;

const isBuild = <T>(value: unknown): value is Build<T> => typeof value === "function";

/** WebAssembly. The native build of the same package is not for us: its threads write into one buffer. */
async function loadWasm(): Promise<OpusLibrary> {
  const name: string = "@evan/opus/wasm/index.mjs";
  const loaded: unknown = await import(name);
  const found = typeof loaded === "object" && loaded !== null && "Encoder" in loaded && "Decoder" in loaded;
  if (!found || !isBuild<RawEncoder>(loaded.Encoder) || !isBuild<RawDecoder>(loaded.Decoder))
    throw new TypeError(`${name} has no Encoder and Decoder`);
  const { Encoder, Decoder } = loaded;
  return {
    build: "wasm",
    encoder: () => new Encoder({ ...options, application: "audio" }),
    decoder: () => new Decoder(options),
  };
}

const builds: Readonly<Record<OpusBuild, () => Promise<OpusLibrary>>> = {
  native: loadNative,
  wasm: loadWasm,
};
const loaded = new Map<OpusBuild | "best", Promise<OpusLibrary>>();

async function loadBest(): Promise<OpusLibrary> {
  try {
    return await builds.native();
  } catch (native) {
    try {
      return await builds.wasm();
    } catch (wasm) {
      const cause = new AggregateError([native, wasm]);
      throw new NodeError(
        "bad-option",
        "libopus could not be loaded: is mediaplex or @evan/opus installed?",
        { cause },
      );
    }
  }
}

/**
 * Loads libopus once for this thread: the native build, or WebAssembly where there is none for the platform.
 *
 * @param build - Only this one.
 * @throws NodeError if neither can be loaded.
 */
export function loadOpus(build?: OpusBuild): Promise<OpusLibrary> {
  const key = build ?? "best";
  const known = loaded.get(key) ?? (build ? builds[build]() : loadBest());
  loaded.set(key, known);
  return known;
}
