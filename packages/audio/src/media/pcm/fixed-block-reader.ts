import type { ByteWindow } from "../byte-window.ts";
import type { MediaFacts } from "../media-stream.ts";
import { checkMissingEnd } from "../missing-end.ts";
import type { PacketBatch, PacketFormat, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import type { Tags } from "../tags/tags.ts";

/** Coding of blocks of equal length. */
export interface BlockCoding {
  readonly format: PacketFormat;
  /** Bytes of a block; of uncompressed audio, bytes of one sample of all channels. */
  readonly blockBytes: number;
  /** Samples that a number of bytes decodes to. */
  samplesIn(bytes: number): number;
}

/** Where the blocks of a file are. */
export interface BlockSpan {
  readonly at: number;
  /** Length in bytes; infinite if the source does not declare it. */
  readonly bytes: number;
  /** Samples as the file declares them; a last block may contain more. */
  readonly samples?: number | undefined;
}

/** Reader of files that contain nothing but blocks of equal length: uncompressed audio, and ADPCM. */
export class FixedBlockReader implements PacketReader {
  readonly facts: MediaFacts;
  /** Samples of the file; null if it does not declare its length. */
  readonly length: number | null;
  readonly #window: ByteWindow;
  readonly #coding: BlockCoding;
  readonly #span: BlockSpan;
  readonly #blockSamples: number;
  /** Next block. */
  #block = 0;

  constructor(window: ByteWindow, container: string, coding: BlockCoding, span: BlockSpan, tags: Tags) {
    this.#window = window;
    this.#coding = coding;
    this.#span = span;
    this.#blockSamples = coding.samplesIn(coding.blockBytes);
    const { codec, sampleRate, channels } = coding.format;
    const samplesOf = (bytes: number) =>
      Math.min(coding.samplesIn(bytes), span.samples ?? Number.POSITIVE_INFINITY);
    this.length = Number.isFinite(span.bytes) ? samplesOf(span.bytes) : null;
    const length = this.length ?? (window.size === null ? null : samplesOf(window.size - span.at));
    this.facts = factsFrom({
      container,
      codec,
      sampleRate,
      channels,
      tags,
      length,
      seekable: window.isSeekable,
    });
  }

  async read(): Promise<PacketBatch | undefined> {
    const { format, blockBytes } = this.#coding;
    const wanted = Math.ceil(format.sampleRate / 10 / this.#blockSamples) * blockBytes;
    const from = this.#block * blockBytes;
    const bytes = Math.min(wanted, this.#span.bytes - from);
    const start = this.#block * this.#blockSamples;
    if (bytes <= 0 || (this.length !== null && start >= this.length)) return undefined;
    const data = await this.#window.at(this.#span.at + from, bytes);
    const samples = this.#coding.samplesIn(data.length);
    if (samples === 0) {
      if (this.length !== null) checkMissingEnd(this.length - start, format.sampleRate);
      return undefined;
    }
    this.#block += Math.ceil(data.length / blockBytes);
    return { format, packets: [{ data, start, samples }], end: this.length };
  }

  seek(sample: number): Promise<void> {
    this.#block = Math.floor(Math.min(sample, this.length ?? sample) / this.#blockSamples);
    return Promise.resolve();
  }

  close(): void {
    this.#window.close();
  }
}
