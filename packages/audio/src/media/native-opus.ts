import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CodecError } from "./codec-error.ts";
import type { OpusLibrary, RawEncoder } from "./opus-library.ts";

/**
 * Platforms for which `@evan/opus` has a native build that this module uses. Windows is not among them, as it
 * does not let a process remove a file that it has loaded.
 */
const platforms: ReadonlySet<string> = new Set(["arm64-darwin", "arm64-linux", "x64-darwin", "x64-linux"]);

/** What the native build exports. Its encoder writes into a buffer that all threads share. */
interface NativeOpus {
  readonly Encoder: new (
    options: object,
  ) => {
    /** Returns the number of bytes written into the buffer. */
    encode(samples: Int16Array): number;
    ctl(request: number, value: number): number;
  };
  readonly buffers: { encoder(): Uint8Array };
}

const isNativeOpus = (exports: object): exports is NativeOpus =>
  "Encoder" in exports &&
  typeof exports.Encoder === "function" &&
  "buffers" in exports &&
  typeof exports.buffers === "object";

/** Loads a native build into this thread. */
function open(path: string): NativeOpus {
  const module = { exports: {} };
  process.dlopen(module, path);
  if (!isNativeOpus(module.exports)) throw new TypeError("the native build of @evan/opus has no Encoder");
  return module.exports;
}

/** Removes a copy. Has no effect if it was removed before. */
export const removeNativeOpus = (path: string): void =>
  rmSync(dirname(path), { recursive: true, force: true });

/**
 * Copies the native build of libopus for one thread, and loads the copy into this thread too, which keeps it
 * in memory when that thread ends (`docs/decisions/0012-libopus.md`). Returns the path of the copy, to be
 * passed to {@link withNativeEncoder} in the thread; `null` if there is no native build for this platform.
 *
 * @throws CodecError `CODEC_UNAVAILABLE` if it cannot be copied or loaded, as in a folder for temporary files
 * that forbids programs, or with a C library other than glibc.
 */
export function copyNativeOpus(): string | null {
  const platform = `${process.arch}-${process.platform}`;
  if (!platforms.has(platform)) return null;
  let path: string | undefined;
  try {
    path = join(mkdtempSync(join(tmpdir(), "asterite-opus-")), "opus.node");
    copyFileSync(fileURLToPath(import.meta.resolve(`@evan/opus/node/${platform}.node`)), path);
    open(path);
    return path;
  } catch (cause) {
    if (path !== undefined) removeNativeOpus(path);
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the native build of libopus cannot be loaded: ${reason}`;
    throw new CodecError("CODEC_UNAVAILABLE", message, { cause });
  }
}

/**
 * Returns a library that encodes natively. Decoding stays in WebAssembly, which confines packets that come
 * from elsewhere.
 *
 * @param path - A copy that {@link copyNativeOpus} has made for this thread. It is removed.
 */
export function withNativeEncoder(library: OpusLibrary, path: string): OpusLibrary {
  const { Encoder, buffers } = open(path);
  removeNativeOpus(path);
  const output = buffers.encoder();
  return {
    build: "native",
    encoder(): RawEncoder {
      const encoder = new Encoder({ channels: 2, sample_rate: 48_000, application: "audio" });
      return {
        encode: (samples) => output.slice(0, encoder.encode(samples)),
        ctl: (request, value) => encoder.ctl(request, value),
        // The garbage collector frees it.
        drop() {},
      };
    },
    decoder: () => library.decoder(),
  };
}
