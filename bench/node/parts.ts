// What the parts of a player cost, each for itself: as many of them as there are players, in turn, as in a thread.

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

/** Samples as a decoder gives them. */
interface Decoded {
  readonly channels: readonly Float32Array[];
  readonly rate: number;
}

/** ms of processor time for a second of what is heard, by part. */
export interface PartCosts {
  readonly decode: number;
  readonly resample: number;
  readonly filter: number;
  readonly encode: number;
}

/** Processor time of the process, with the threads that read files; ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const library = await loadOpus();
const dialler = new Dialler({ allowPrivateAddresses: false });
const warmUpSeconds = 1;

/** Opens a file somewhere in its first minute. */
async function open(path: string): Promise<MediaStream> {
  const { signal } = new AbortController();
  const media = await openMedia(await openBytes({ type: "file", path }, { dialler, signal }));
  await media.seek(Math.floor(Math.random() * 60_000));
  return media;
}

/** Reads the next piece of a file and decodes it. What is taken of it is overwritten by the next. */
async function readPiece(
  media: MediaStream,
  decoder: OpusDecoder,
  take: (decoded: Decoded) => void,
): Promise<void> {
  const chunk = await media.read();
  if (!chunk) throw new Error("the file is too short");
  if (chunk.kind === "pcm") take({ channels: chunk.channels, rate: chunk.sampleRate });
  else
    for (const packet of chunk.packets) take({ channels: decoder.decodeAudible(packet), rate: sampleRate });
}

const secondsOf = ({ channels, rate }: Decoded): number => (channels[0]?.length ?? 0) / rate;

/** Reading and decoding. */
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
        await readPiece(media, decoder, (decoded) => {
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

/** The first seconds of a file, decoded. */
async function decodeAhead(path: string, seconds: number): Promise<Decoded[]> {
  const media = await open(path);
  const decoder = new OpusDecoder(library);
  const pieces: Decoded[] = [];
  for (let ahead = 0; ahead < seconds; ) {
    await readPiece(media, decoder, (decoded) => {
      ahead += secondsOf(decoded);
      pieces.push({ ...decoded, channels: decoded.channels.map((samples) => samples.slice()) });
    });
  }
  media.close();
  decoder.close();
  return pieces;
}

interface Block {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/** One of the things that are measured; called with numbers that go up, it gives the seconds that it worked on. */
type Work = (turn: number) => number;

/** ms of processor time for a second of work, of several that take turns. */
function costOf(works: readonly Work[], seconds: number): number {
  const run = (wanted: number): number => {
    let done = 0;
    for (let turn = 0; done < wanted * works.length; turn++) for (const work of works) done += work(turn);
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
  if (item === undefined) throw new RangeError("there is nothing to measure");
  return item;
};

function resampleWork(pieces: readonly Decoded[], offset: number): Work {
  const resampler = new Resampler();
  const [left, right] = [new Float32Array(blockLength), new Float32Array(blockLength)];
  return (turn) => {
    const piece = at(pieces, turn + offset);
    resampler.write(piece.channels, piece.rate);
    let seconds = 0;
    for (let count = resampler.read(left, right, blockLength); count > 0; ) {
      seconds += count / sampleRate;
      count = resampler.read(left, right, blockLength);
    }
    return seconds;
  };
}

/** Filters, 16 bits, volume and mixing: all between resampler and encoder. */
function filterWork({ filters, volume, mixer }: Scenario, blocks: readonly Block[], offset: number): Work {
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

function encodeWork(frames: readonly Int16Array[], offset: number): { work: Work; close: () => void } {
  const encoder = new OpusEncoder(library, opusOptions);
  const work = (turn: number): number => {
    encoder.encode(at(frames, turn + offset));
    return blockSeconds;
  };
  return { work, close: () => encoder.close() };
}

function encodeCost(frames: readonly Int16Array[], streams: number, seconds: number): number {
  const encoders = Array.from({ length: streams }, (_, index) => encodeWork(frames, 37 * index));
  const cost = costOf(
    encoders.map(({ work }) => work),
    seconds,
  );
  for (const { close } of encoders) close();
  return cost;
}

function inBlocks(pieces: readonly Decoded[]): Block[] {
  const resampler = new Resampler();
  for (const { channels, rate } of pieces) resampler.write(channels, rate);
  const blocks: Block[] = [];
  while (resampler.available >= blockLength) {
    const block = { left: new Float32Array(blockLength), right: new Float32Array(blockLength) };
    resampler.read(block.left, block.right, blockLength);
    blocks.push(block);
  }
  return blocks;
}

function inFrames(blocks: readonly Block[]): Int16Array[] {
  return blocks.map(({ left, right }) => {
    const frame = new Int16Array(2 * blockLength);
    toInt16(left, right, blockLength, frame);
    return frame;
  });
}

const sourceSeconds = 10;

/** What each part of a player costs, of so many at a time. */
export async function partCosts(
  scenario: Scenario,
  path: string,
  streams: number,
  seconds: number,
): Promise<PartCosts> {
  const tracks = Math.max(1, scenario.mixer);
  const pieces = await decodeAhead(path, sourceSeconds);
  const blocks = inBlocks(pieces);
  const each = <Made>(make: (offset: number) => Made): Made[] =>
    Array.from({ length: streams }, (_, index) => make(37 * index));
  // Where tracks play faster, more of them is read for a second that is heard.
  const { timescale } = scenario.filters;
  const speed = timescale.speed * timescale.rate;
  return {
    decode: tracks * speed * (await decodeCost(path, tracks * streams, seconds)),
    resample:
      tracks *
      speed *
      costOf(
        each((offset) => resampleWork(pieces, offset)),
        seconds,
      ),
    filter: costOf(
      each((offset) => filterWork(scenario, blocks, offset)),
      seconds,
    ),
    encode: encodeCost(inFrames(blocks), streams, seconds),
  };
}

/** One decoder, and one encoder, that has the processor for itself: what no player can go below. */
export async function aloneCosts(path: string, seconds: number): Promise<{ decode: number; encode: number }> {
  const frames = inFrames(inBlocks(await decodeAhead(path, sourceSeconds)));
  return { decode: await decodeCost(path, 1, seconds), encode: encodeCost(frames, 1, seconds) };
}
