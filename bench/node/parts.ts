// Processor time of each part of a player alone: as many instances as there are players, in turn as in a
// worker thread.

import {
  addToMix,
  anyEnabled,
  blockLength,
  FilterChain,
  PlayerVolume,
  Resampler,
  sampleRate,
  toInt16,
} from "@asterite/audio/dsp";
import type { MediaStream } from "@asterite/audio/media";
import { loadOpus, OpusDecoder, OpusEncoder, openMedia } from "@asterite/audio/media";
import { Dialler } from "../../packages/andesite-node/src/bytes/dialler.ts";
import { openBytes } from "../../packages/andesite-node/src/bytes/open-bytes.ts";
import { opusOptions, type Scenario } from "./scenarios.ts";

/** Output of a decoder. */
interface Decoded {
  readonly channels: readonly Float32Array[];
  readonly rate: number;
}

/** Processor time of each part, in ms per second of output. */
export interface PartCosts {
  readonly decode: number;
  readonly resample: number;
  readonly filter: number;
  readonly encode: number;
}

/** Returns the processor time of the process in ms, including the threads that read files. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const library = await loadOpus();
const dialler = new Dialler({ allowPrivateAddresses: false });
const warmUpSeconds = 1;

/** Opens a file at a random position in its first minute. */
async function open(path: string): Promise<MediaStream> {
  const { signal } = new AbortController();
  const media = await openMedia(await openBytes({ type: "file", path }, { dialler, signal }));
  await media.seek(Math.floor(Math.random() * 60_000));
  return media;
}

/** Reads and decodes the next chunk of a file. The next call overwrites the samples that `onDecoded` gets. */
async function readChunk(
  media: MediaStream,
  decoder: OpusDecoder,
  onDecoded: (decoded: Decoded) => void,
): Promise<void> {
  const chunk = await media.read();
  if (!chunk) throw new Error("the file is too short");
  if (chunk.type === "pcm") {
    onDecoded({ channels: chunk.channels, rate: chunk.sampleRate });
    return;
  }
  for (const packet of chunk.packets)
    onDecoded({ channels: decoder.decodeAudible(packet), rate: sampleRate });
}

const secondsOf = ({ channels, rate }: Decoded): number => (channels[0]?.length ?? 0) / rate;

/** Measures reading and decoding. */
async function decodeCost(path: string, streams: number, seconds: number): Promise<number> {
  const readers = await Promise.all(
    Array.from({ length: streams }, async () => ({
      media: await open(path),
      decoder: new OpusDecoder(library),
    })),
  );
  const run = async (wanted: number): Promise<number> => {
    let done = 0;
    while (done < wanted * streams) {
      for (const { media, decoder } of readers) {
        await readChunk(media, decoder, (decoded) => {
          done += secondsOf(decoded);
        });
      }
    }
    return done;
  };
  await run(warmUpSeconds);
  const begunMs = cpuMs();
  const done = await run(seconds);
  const cost = (cpuMs() - begunMs) / done;
  for (const { media, decoder } of readers) {
    media.close();
    decoder.close();
  }
  return cost;
}

/** Decodes a number of seconds of a file. */
async function decodeAhead(path: string, seconds: number): Promise<Decoded[]> {
  const media = await open(path);
  const decoder = new OpusDecoder(library);
  const chunks: Decoded[] = [];
  for (let ahead = 0; ahead < seconds; ) {
    await readChunk(media, decoder, (decoded) => {
      ahead += secondsOf(decoded);
      chunks.push({ ...decoded, channels: decoded.channels.map((samples) => samples.slice()) });
    });
  }
  media.close();
  decoder.close();
  return chunks;
}

interface Block {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/** Job to measure; called with increasing numbers, returns the seconds of audio that it processed. */
type Job = (turn: number) => number;

/** Measures jobs that run in turn, in ms of processor time per second of audio. */
function costOf(jobs: readonly Job[], seconds: number): number {
  const run = (wanted: number): number => {
    let done = 0;
    for (let turn = 0; done < wanted * jobs.length; turn++) for (const job of jobs) done += job(turn);
    return done;
  };
  run(warmUpSeconds);
  const begunMs = cpuMs();
  const done = run(seconds);
  return (cpuMs() - begunMs) / done;
}

const blockSeconds = blockLength / sampleRate;
const at = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError("the list is empty");
  return item;
};

function resampleJob(chunks: readonly Decoded[], offset: number): Job {
  const resampler = new Resampler();
  const [left, right] = [new Float32Array(blockLength), new Float32Array(blockLength)];
  return (turn) => {
    const { channels, rate } = at(chunks, turn + offset);
    resampler.write(channels, rate);
    let seconds = 0;
    for (let count = resampler.read(left, right, blockLength); count > 0; ) {
      seconds += count / sampleRate;
      count = resampler.read(left, right, blockLength);
    }
    return seconds;
  };
}

/** Filters, conversion to 16 bits, volume and mixing: all steps between resampler and encoder. */
function filterJob({ filters, volume, mixer }: Scenario, blocks: readonly Block[], offset: number): Job {
  const decks = Array.from({ length: Math.max(1, mixer) }, () => ({
    chain: anyEnabled(filters) ? new FilterChain(filters) : null,
    volume: new PlayerVolume(volume),
  }));
  const block = { left: new Float32Array(blockLength), right: new Float32Array(blockLength) };
  const [mixed, part] = [new Int16Array(2 * blockLength), new Int16Array(2 * blockLength)];
  let next = offset;
  return () => {
    for (const [index, deck] of decks.entries()) {
      const { chain } = deck;
      while (chain && chain.available < blockLength) {
        const source = at(blocks, next++);
        chain.write(source.left, source.right, blockLength);
      }
      const from = chain ? block : at(blocks, next++);
      chain?.read(block.left, block.right, blockLength);
      const samples = index === 0 ? mixed : part;
      toInt16(from.left, from.right, blockLength, samples);
      deck.volume.process(samples, blockLength);
      if (index > 0) addToMix(mixed, part, part.length);
    }
    return blockSeconds;
  };
}

function encodeJob(frames: readonly Int16Array[], offset: number): { job: Job; close: () => void } {
  const encoder = new OpusEncoder(library, opusOptions);
  const job = (turn: number): number => {
    encoder.encode(at(frames, turn + offset));
    return blockSeconds;
  };
  return { job, close: () => encoder.close() };
}

function encodeCost(frames: readonly Int16Array[], streams: number, seconds: number): number {
  const encoders = Array.from({ length: streams }, (_, index) => encodeJob(frames, 37 * index));
  const cost = costOf(
    encoders.map(({ job }) => job),
    seconds,
  );
  for (const { close } of encoders) close();
  return cost;
}

function toBlocks(chunks: readonly Decoded[]): Block[] {
  const resampler = new Resampler();
  for (const { channels, rate } of chunks) resampler.write(channels, rate);
  const blocks: Block[] = [];
  while (resampler.available >= blockLength) {
    const block = { left: new Float32Array(blockLength), right: new Float32Array(blockLength) };
    resampler.read(block.left, block.right, blockLength);
    blocks.push(block);
  }
  return blocks;
}

function toFrames(blocks: readonly Block[]): Int16Array[] {
  return blocks.map(({ left, right }) => {
    const frame = new Int16Array(2 * blockLength);
    toInt16(left, right, blockLength, frame);
    return frame;
  });
}

const sourceSeconds = 10;

/** Measures each part of a player, with a number of streams at a time. */
export async function partCosts(
  scenario: Scenario,
  path: string,
  streams: number,
  seconds: number,
): Promise<PartCosts> {
  const tracks = Math.max(1, scenario.mixer);
  const chunks = await decodeAhead(path, sourceSeconds);
  const blocks = toBlocks(chunks);
  const each = <Made>(make: (offset: number) => Made): Made[] =>
    Array.from({ length: streams }, (_, index) => make(37 * index));
  // A track that plays faster needs more input per second of output.
  const { timescale } = scenario.filters;
  const speed = timescale.speed * timescale.rate;
  return {
    decode: tracks * speed * (await decodeCost(path, tracks * streams, seconds)),
    resample:
      tracks *
      speed *
      costOf(
        each((offset) => resampleJob(chunks, offset)),
        seconds,
      ),
    filter: costOf(
      each((offset) => filterJob(scenario, blocks, offset)),
      seconds,
    ),
    encode: encodeCost(toFrames(blocks), streams, seconds),
  };
}

/**
 * Measures a single decoder and a single encoder with the processor to themselves: the lower bound for any
 * player.
 */
export async function aloneCosts(path: string, seconds: number): Promise<{ decode: number; encode: number }> {
  const frames = toFrames(toBlocks(await decodeAhead(path, sourceSeconds)));
  return { decode: await decodeCost(path, 1, seconds), encode: encodeCost(frames, 1, seconds) };
}
