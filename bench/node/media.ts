import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadOpus, OpusEncoder } from "@asterite/audio/media";
import { mediaFolder } from "@asterite/testkit";
import { OggOpusWriter } from "../../packages/andesite-node/src/streaming/ogg-opus.ts";

const frames = 50 * 300;

/** Returns a frame that is as hard to encode as music: changing tones and noise. */
function musicFrame(frame: number): Int16Array {
  const samples = new Int16Array(1_920);
  let noise = frame * 7_919 + 1;
  for (let index = 0; index < 960; index++) {
    const time = (frame * 960 + index) / 48_000;
    noise = (noise * 1_103_515_245 + 12_345) & 0x7fffffff;
    const hiss = (noise / 0x7fffffff - 0.5) * 1_500;
    const pitch = 220 * 2 ** ((Math.floor(time * 4) % 12) / 12);
    samples[2 * index] = 9_000 * Math.sin(2 * Math.PI * pitch * time) + hiss;
    samples[2 * index + 1] = 7_000 * Math.sin(2 * Math.PI * pitch * 1.5 * time) - hiss;
  }
  return samples;
}

/** Writes five minutes of Opus. */
async function makeOpus(file: string): Promise<void> {
  const encoder = new OpusEncoder(await loadOpus(), { complexity: 5 });
  const ogg = new OggOpusWriter(1);
  const pages = [ogg.headers()];
  let packets: Uint8Array[] = [];
  for (let frame = 0; frame < frames; frame++) {
    packets.push(Uint8Array.from(encoder.encode(musicFrame(frame))));
    if (packets.length < 25) continue;
    pages.push(ogg.pages(packets));
    packets = [];
  }
  await writeFile(file, Buffer.concat(pages));
}

/** Writes five minutes of MP3: the repeated frames of a short file. */
async function makeMp3(file: string): Promise<void> {
  const short = await readFile(join(mediaFolder, "tones.mp3"));
  // Skip the tags and the info frame, which holds the length of the short file.
  const frameBytes = 209;
  const first = short.indexOf(Buffer.from([0xff, 0xfb]), short.readUInt8(9) + 10);
  const tones = short.subarray(first + frameBytes);
  await writeFile(file, Buffer.concat(Array.from({ length: 100 }, () => tones)));
}

/** Paths of the media files. */
export interface Media {
  readonly opus: string;
  readonly mp3: string;
}

/** Writes five minutes of each format into a folder. */
export async function makeMedia(folder: string): Promise<Media> {
  const media = { opus: join(folder, "music.opus"), mp3: join(folder, "tones.mp3") };
  await Promise.all([makeOpus(media.opus), makeMp3(media.mp3)]);
  return media;
}
