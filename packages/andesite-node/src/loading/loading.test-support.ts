// Helpers for the tests of loading.

import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Track } from "@asterite/lavaplayer-track";
import { createLoader } from "./create-loader.ts";
import type { Loaded, LoadedTrack, Loader } from "./loader.ts";
import type { LoaderOptions } from "./options.ts";

/** Creates a folder that is removed at the end. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "asterite-loading-")));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Creates a loader that is closed at the end. */
export function openLoader(options: LoaderOptions): Loader & AsyncDisposable {
  const loader = createLoader({ autoSearch: null, ...options });
  return Object.assign(loader, { [Symbol.asyncDispose]: () => loader.close() });
}

/** Returns silence as a WAV file, at 8 kHz. */
export const silentWav = (seconds = 1): Uint8Array =>
  wavOf(8_000, new Int16Array(Math.round(8_000 * seconds)));

/** Returns a rising tone as a WAV file, at 48 kHz: no part of it sounds like another. */
export function toneWav(seconds: number): Uint8Array {
  const rate = 48_000;
  const samples = new Int16Array(seconds * rate);
  for (let at = 0; at < samples.length; at++) {
    const time = at / rate;
    samples[at] = 8_000 * Math.sin(2 * Math.PI * (200 * time + 100 * time * time));
  }
  return wavOf(rate, samples);
}

function wavOf(rate: number, samples: Int16Array): Uint8Array {
  const size = samples.byteLength;
  const wav = Buffer.alloc(44 + size);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + size, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(size, 40);
  for (const [at, sample] of samples.entries()) wav.writeInt16LE(sample, 44 + 2 * at);
  return wav;
}

/** Returns the tracks of a load result. */
export const tracksOf = (loaded: Loaded): readonly LoadedTrack[] => ("tracks" in loaded ? loaded.tracks : []);

/** Returns the identifiers of the tracks of a load result. */
export const identifiersOf = (loaded: Loaded): readonly string[] =>
  tracksOf(loaded).map(({ track }) => track.info.identifier);

/** Returns the first track of a load result. */
export function firstOf(loaded: Loaded): Track {
  const [first] = tracksOf(loaded);
  if (!first) throw new Error(`no track was loaded: ${loaded.loadType}`);
  return first.track;
}

/** First bytes of a picture of each format; the node does not check more. */
export const pictureHeads = {
  png: Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1"),
  jpeg: Buffer.from("\xff\xd8\xff\xe0\0\x10JFIF", "latin1"),
  gif: Buffer.from("GIF89a\x01\0\x01\0", "latin1"),
  webp: Buffer.from("RIFF\x24\0\0\0WEBPVP8 ", "latin1"),
};
