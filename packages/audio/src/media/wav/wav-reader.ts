import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import type { PacketBatch, PacketFormat, PacketReader, PcmEncoding } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import { readId3 } from "../tags/id3.ts";
import { mergeTags, noTags, type Tags, tagsFrom } from "../tags/tags.ts";
import { detectEncoding } from "../tags/text-encoding.ts";
import { TrackError } from "../track-error.ts";
import { isId3Chunk } from "./artwork.ts";
import { openChunks } from "./chunks.ts";

const infoNames: Readonly<Record<string, string>> = {
  INAM: "TITLE",
  IART: "ARTIST",
  IPRD: "ALBUM",
  ISRC: "ISRC",
};

interface WaveFormat {
  readonly encoding: PcmEncoding;
  readonly sampleRate: number;
  readonly channels: number;
  /** Bytes per sample of all channels. */
  readonly frameBytes: number;
}

/** Reader of samples in RIFF, RIFX and RF64 files. */
export class WavReader implements PacketReader {
  readonly facts: MediaFacts;
  readonly #window: ByteWindow;
  readonly #format: PacketFormat;
  readonly #frameBytes: number;
  readonly #dataAt: number;
  /** Samples of the file; null if the source does not declare its length. */
  readonly length: number | null;
  #position = 0;

  private constructor(window: ByteWindow, wave: WaveFormat, dataAt: number, dataBytes: number, tags: Tags) {
    this.#window = window;
    this.#dataAt = dataAt;
    const { encoding, sampleRate, channels, frameBytes } = wave;
    this.#frameBytes = frameBytes;
    this.#format = { codec: "pcm", encoding, sampleRate, channels };
    this.length = Number.isFinite(dataBytes) ? Math.floor(dataBytes / frameBytes) : null;
    this.facts = factsFrom({
      container: "wav",
      codec: "pcm",
      sampleRate,
      channels,
      tags,
      length: this.length,
      seekable: window.isSeekable,
    });
  }

  /** Reads the chunks before the samples; returns undefined if the file is not WAVE. */
  static async open(window: ByteWindow, limits: MediaLimits): Promise<WavReader | undefined> {
    const chunks = await openChunks(window);
    if (!chunks) return undefined;
    const { big, each } = chunks;
    let wave: WaveFormat | undefined;
    let tags = noTags;
    let data: { readonly at: number; readonly bytes: number } | undefined;
    for await (const { name, at, bytes } of each) {
      const body = async () => Buffer.from(await window.at(at, Math.min(bytes, limits.maxTagBytes)));
      if (name === "fmt ") wave = readFormat(await body(), big, limits);
      else if (name === "LIST") tags = mergeTags(tags, readInfo(await body(), big));
      else if (isId3Chunk(name)) tags = mergeTags((await readId3(window, at, limits))?.tags ?? noTags, tags);
      else if (name === "data") data = { at, bytes };
    }
    return wave && data && new WavReader(window, wave, data.at, data.bytes, tags);
  }

  async read(): Promise<PacketBatch | undefined> {
    const wanted = Math.ceil(this.#format.sampleRate / 10);
    const samples = this.length === null ? wanted : Math.min(wanted, this.length - this.#position);
    if (samples <= 0) return undefined;
    const at = this.#dataAt + this.#position * this.#frameBytes;
    const bytes = await this.#window.at(at, samples * this.#frameBytes);
    const samplesRead = Math.floor(bytes.length / this.#frameBytes);
    if (samplesRead === 0) {
      if (this.length === null) return undefined;
      throw new TrackError("The file ends before the track does.", "COMMON");
    }
    const start = this.#position;
    this.#position += samplesRead;
    const data = bytes.subarray(0, samplesRead * this.#frameBytes);
    return { format: this.#format, packets: [{ data, start, samples: samplesRead }], end: this.length };
  }

  seek(sample: number): Promise<void> {
    this.#position = Math.min(sample, this.length ?? sample);
    return Promise.resolve();
  }

  close(): void {
    this.#window.close();
  }
}

function readFormat(body: Buffer, big: boolean, limits: MediaLimits): WaveFormat | undefined {
  if (body.length < 16) return undefined;
  const readUint16 = (at: number) => (big ? body.readUInt16BE(at) : body.readUInt16LE(at));
  const sampleRate = big ? body.readUInt32BE(4) : body.readUInt32LE(4);
  // WAVE_FORMAT_EXTENSIBLE: the format code is in the first two bytes of a GUID.
  const formatCode = readUint16(0) === 0xfffe && body.length >= 26 ? readUint16(24) : readUint16(0);
  const [channels, frameBytes, bits] = [readUint16(2), readUint16(12), readUint16(14)];
  const encodingPrefixes: Readonly<Record<number, string>> = {
    1: bits === 8 ? "u" : "s",
    3: "f",
    6: "alaw",
    7: "ulaw",
  };
  const prefix = encodingPrefixes[formatCode];
  const encoding = encodings.find(
    (each) => each === (formatCode >= 6 ? prefix : `${prefix}${bits}${big && bits > 8 ? "be" : ""}`),
  );
  const isValid =
    frameBytes === channels * Math.ceil(bits / 8) && channels > 0 && channels <= limits.maxChannels;
  return encoding && isValid && sampleRate > 0 ? { encoding, sampleRate, channels, frameBytes } : undefined;
}

const encodings: readonly PcmEncoding[] = [
  ...(["u8", "s16", "s24", "s32", "f32", "f64"] as const),
  ...(["s16be", "s24be", "s32be", "ulaw", "alaw"] as const),
];

function readInfo(body: Buffer, big: boolean): Tags {
  if (body.toString("latin1", 0, 4) !== "INFO") return noTags;
  const texts = new Map<string, Uint8Array>();
  for (let at = 4; at + 8 <= body.length; ) {
    const bytes = big ? body.readUInt32BE(at + 4) : body.readUInt32LE(at + 4);
    const name = infoNames[body.toString("latin1", at, at + 4)];
    if (name) texts.set(name, body.subarray(at + 8, at + 8 + bytes));
    at += 8 + bytes + (bytes % 2);
  }
  const decoder = new TextDecoder(detectEncoding([...texts.values()]));
  return tagsFrom(new Map([...texts].map(([name, text]) => [name, decoder.decode(text)])));
}
