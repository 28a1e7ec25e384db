// node --conditions=@asterite/source scripts/make-music.ts: generates the two sample tracks of a first start
// and their
// covers. They are synthesised here and belong to this project.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadOpus, OpusEncoder } from "@asterite/audio/media";
import { OggOpusWriter } from "../packages/andesite-node/src/streaming/ogg-opus.ts";
import { lanternsCover, paperBoatsCover } from "./lib/covers.ts";
import { type Picture, png } from "./lib/png.ts";
import { root } from "./lib/workspace.ts";

const rate = 48_000;
const frameSamples = 960;
/** Encoder delay of libopus, in samples. */
const encoderDelay = 312;

/** A stereo sound, full scale ±1. */
interface Sound {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

const silence = (seconds: number): Sound => ({
  left: new Float32Array(Math.round(seconds * rate)),
  right: new Float32Array(Math.round(seconds * rate)),
});

/** Returns the frequency of a note in semitones from A4, 440 Hz. */
const pitch = (halfTones: number): number => 440 * 2 ** (halfTones / 12);

/** Adds a mono voice to a mix. `pan` ranges from −1, left, to 1, right. */
function add(
  mix: Sound,
  startSeconds: number,
  seconds: number,
  pan: number,
  sampleAt: (time: number) => number,
): void {
  const start = Math.round(startSeconds * rate);
  const count = Math.min(Math.round(seconds * rate), mix.left.length - start);
  const [leftGain, rightGain] = [Math.cos(((pan + 1) * Math.PI) / 4), Math.sin(((pan + 1) * Math.PI) / 4)];
  for (let index = 0; index < count; index++) {
    const sample = sampleAt(index / rate);
    const at = start + index;
    mix.left[at] = (mix.left[at] ?? 0) + leftGain * sample;
    mix.right[at] = (mix.right[at] ?? 0) + rightGain * sample;
  }
}

/** Renders a soft pad: a few slightly detuned partials. */
const pad =
  (frequency: number, seconds: number, level: number) =>
  (time: number): number => {
    const rise = Math.min(1, time / 1.5) * Math.min(1, (seconds - time) / 2);
    const drift = 1 + 0.0015 * Math.sin(2 * Math.PI * 0.2 * time);
    const phase = 2 * Math.PI * frequency * time * drift;
    const sum = Math.sin(phase) + 0.4 * Math.sin(2 * phase + 0.3) + 0.15 * Math.sin(3 * phase + 1);
    return (level * rise * sum) / 1.55;
  };

/** Renders a bell: inharmonic partials, of which the high ones decay first. */
const bell =
  (frequency: number, level: number) =>
  (time: number): number => {
    const partials: readonly (readonly [number, number, number])[] = [
      [1, 1, 1.6],
      [2.76, 0.35, 0.7],
      [5.4, 0.12, 0.3],
    ];
    let sum = 0;
    for (const [ratio, share, seconds] of partials) {
      sum += share * Math.exp(-time / seconds) * Math.sin(2 * Math.PI * frequency * ratio * time);
    }
    return level * sum * Math.min(1, time / 0.004);
  };

/** Renders a plucked string (Karplus–Strong): noise in a delay line with a low-pass filter. */
function pluck(frequency: number, level: number): (time: number) => number {
  const length = Math.round(rate / frequency);
  let seed = Math.round(frequency * 100);
  const line = Float32Array.from({ length }, () => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return seed / 0x40000000 - 1;
  });
  let at = 0;
  return () => {
    const next = (at + 1) % length;
    const sample = line[at] ?? 0;
    line[at] = 0.4985 * (sample + (line[next] ?? 0));
    at = next;
    return level * sample;
  };
}

/** Adds echoes that alternate between left and right. */
function echo(sound: Sound, seconds: number, feedback: number): void {
  const delay = Math.round(seconds * rate);
  for (let at = delay; at < sound.left.length; at++) {
    const [left, right] = [sound.left[at - delay] ?? 0, sound.right[at - delay] ?? 0];
    sound.left[at] = (sound.left[at] ?? 0) + feedback * right;
    sound.right[at] = (sound.right[at] ?? 0) + feedback * left;
  }
}

/** Normalises the peak to −3 dB and fades the end out. */
function finish(sound: Sound, fadeSeconds: number): void {
  let peak = 0;
  for (const side of [sound.left, sound.right]) {
    for (const sample of side) peak = Math.max(peak, Math.abs(sample));
  }
  const gain = 0.7 / peak;
  const fade = fadeSeconds * rate;
  for (const side of [sound.left, sound.right]) {
    for (let at = 0; at < side.length; at++) {
      side[at] = (side[at] ?? 0) * gain * Math.min(1, (side.length - at) / fade);
    }
  }
}

/** Renders "Lanterns": slow chords with bells. */
function lanterns(): Sound {
  const bar = 4;
  const chords = [
    [-12, -5, 0, 4],
    [-15, -8, -3, 0],
    [-10, -3, 2, 5],
    [-17, -5, -1, 2],
  ];
  const mix = silence(bar * 12 + 4);
  for (let index = 0; index < 12; index++) {
    const chord = chords[index % chords.length] ?? [];
    for (const [voice, note] of chord.entries()) {
      add(mix, index * bar, bar + 2, (voice - 1.5) / 3, pad(pitch(note - 12), bar + 2, 0.25));
    }
    for (let step = 0; step < 8; step++) {
      if ((index * 3 + step * 5) % 7 > 3 && step % 4 !== 0) continue;
      const note = (chord[(step * 3 + index) % chord.length] ?? 0) + (step % 3 === 0 ? 12 : 0);
      add(mix, index * bar + step * 0.5, 3, Math.sin(step + index) * 0.6, bell(pitch(note), 0.22));
    }
  }
  echo(mix, 0.375, 0.35);
  finish(mix, 4);
  return mix;
}

/** Renders "Paper Boats": a plucked melody over a plucked bass. */
function paperBoats(): Sound {
  const beat = 0.36;
  const bass = [-24, -24, -20, -19, -24, -17, -19, -19];
  const tune = [
    0, 4, 7, 4, 9, 7, 4, 2, 0, 2, 4, 7, 5, 4, 2, -1, 0, 4, 7, 12, 11, 7, 9, 5, 4, 2, 0, 2, 4, 2, -1, 0,
  ];
  const mix = silence(tune.length * 4 * beat + 3);
  for (let round = 0; round < 4; round++) {
    for (const [step, note] of tune.entries()) {
      const start = (round * tune.length + step) * beat;
      const swing = step % 2 === 1 ? 0.05 : 0;
      if (!(round === 0 && step % 2 === 1)) add(mix, start + swing, 1.4, 0.35, pluck(pitch(note - 12), 0.5));
      if (step % 4 === 0) {
        add(mix, start, 2, -0.3, pluck(pitch(bass[Math.floor(step / 4) % bass.length] ?? -24), 0.6));
      }
      if (round > 1 && step % 4 === 2) add(mix, start, 1.5, -0.6, pluck(pitch(note - 5), 0.22));
    }
  }
  echo(mix, 0.27, 0.22);
  finish(mix, 3);
  return mix;
}

const coverPixels = 320;

/** Encodes a cover for a comment header: a FLAC picture block (RFC 9639, section 8.8) in base64. */
function coverComment(picture: Picture): string {
  const data = png(picture, coverPixels);
  const type = Buffer.from("image/png");
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const frontCover = 3;
  const [noDescription, bitsPerPixel, noPalette] = [0, 32, 0];
  const block = Buffer.concat([
    number(frontCover),
    number(type.length),
    type,
    number(noDescription),
    ...[coverPixels, coverPixels, bitsPerPixel, noPalette, data.length].map(number),
    data,
  ]);
  return `METADATA_BLOCK_PICTURE=${block.toString("base64")}`;
}

async function write(file: string, title: string, sound: Sound, cover: Picture): Promise<void> {
  const encoder = new OpusEncoder(await loadOpus(), { bitrate: 96_000, complexity: 10 });
  const ogg = new OggOpusWriter(1, {
    preSkip: encoderDelay,
    comments: [
      `TITLE=${title}`,
      "ARTIST=Asterite",
      "ALBUM=First start",
      "LICENSE=CC0-1.0",
      coverComment(cover),
    ],
  });
  const pages = [ogg.headers()];
  const count = Math.ceil((sound.left.length + encoderDelay) / frameSamples);
  let packets: Uint8Array[] = [];
  for (let frame = 0; frame < count; frame++) {
    const samples = new Int16Array(2 * frameSamples);
    for (let index = 0; index < frameSamples; index++) {
      samples[2 * index] = Math.round(32_767 * (sound.left[frame * frameSamples + index] ?? 0));
      samples[2 * index + 1] = Math.round(32_767 * (sound.right[frame * frameSamples + index] ?? 0));
    }
    packets.push(Uint8Array.from(encoder.encode(samples)));
    if (packets.length < 50 && frame < count - 1) continue;
    pages.push(ogg.pages(packets, frame === count - 1));
    packets = [];
  }
  await writeFile(file, Buffer.concat(pages));
}

const folder = join(root, "apps/cli/assets/music");
await mkdir(folder, { recursive: true });
await write(join(folder, "Lanterns.opus"), "Lanterns", lanterns(), lanternsCover);
await write(join(folder, "Paper Boats.opus"), "Paper Boats", paperBoats(), paperBoatsCover);
