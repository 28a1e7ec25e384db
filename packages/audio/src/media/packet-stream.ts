import { aacPreRoll } from "./aac/aac-config.ts";
import type { Decoder } from "./decoders/decoder.ts";
import { checkFormat, type MediaLimits } from "./media-limits.ts";
import type { MediaChunk, MediaFacts, MediaStream, OpusPacket } from "./media-stream.ts";
import { opusPreRollSamples } from "./opus-packet.ts";
import type { Packet, PacketBatch, PacketFormat, PacketReader } from "./packet-reader.ts";
import { TrackError } from "./track-error.ts";

/**
 * Samples to decode before the audible range: one long block of Vorbis, and the most frames that fill the reservoir
 * of mp3.
 */
const preRollSamples: Readonly<Record<Exclude<PacketFormat["codec"], "aac">, number>> = {
  flac: 0,
  alac: 0,
  pcm: 0,
  adpcm: 0,
  vorbis: 8_192,
  opus: opusPreRollSamples,
  mp3: 30 * 1_152,
};
const preRollOf = (format: PacketFormat): number =>
  format.codec === "aac" ? aacPreRoll(format.config) : preRollSamples[format.codec];
/** Maximum number of consecutive damaged packets. */
const maxDamagedPackets = 250;
/** Maximum number of consecutive inaudible batches; a seek needs a few dozen. */
const maxSilentBatches = 1_000;
/** Time by which the packets of a track may exceed its length. */
const lengthToleranceMs = 100;
/** Maximum number of decoder crashes. */
const maxCrashes = 10;

/** Loads the decoders on first use: a process or thread that only reads metadata saves their memory. */
const openDecoder = async (format: PacketFormat): Promise<Decoder> =>
  (await import("./decoders/create-decoder.ts")).createDecoder(format);

/** A track: packets of a container, decoded unless they are Opus, and trimmed to the sample. */
export class PacketStream implements MediaStream {
  #facts: MediaFacts;
  #reader: PacketReader;
  /** Opens the reader again, if it can only read forwards; undefined if it need not or cannot be. */
  readonly #reopen: (() => Promise<PacketReader>) | undefined;
  readonly #limits: MediaLimits;
  #format: PacketFormat | undefined;
  #decoder: Decoder | undefined;
  /** First audible sample. */
  #audibleFrom = 0;
  /** Rate in Hz in which {@link #audibleFrom} counts samples. */
  #audibleRate: number;
  /** End of the last packet that was read, in samples. */
  #readTo = 0;
  #readToMs = 0;
  #ended = false;
  #closed = false;
  #damaged = 0;
  #crashes = 0;

  constructor(reader: PacketReader, limits: MediaLimits, reopen?: () => Promise<PacketReader>) {
    this.#reader = reader;
    this.#reopen = reopen;
    this.#limits = limits;
    this.#facts = reader.facts;
    this.#audibleRate = reader.facts.sampleRate;
  }

  get facts(): MediaFacts {
    return this.#facts;
  }

  async read(): Promise<MediaChunk | undefined> {
    for (let silent = 0; !this.#ended; silent++) {
      this.#checkOpen();
      if (silent > maxSilentBatches) throw new TrackError("The file is damaged.", "COMMON");
      const batch = await this.#readBatch();
      this.#checkOpen();
      if (!batch) break;
      this.#setFormat(batch);
      const { format, packets } = batch;
      const last = packets.at(-1);
      const readTo = last ? last.start + last.samples : this.#readTo;
      // Packets that a seek skips are no silence.
      if (readTo > this.#readTo && readTo <= this.#audibleFrom) silent = 0;
      this.#readTo = readTo;
      this.#readToMs = (readTo * 1_000) / format.sampleRate;
      this.#checkLength(Math.min(readTo, batch.end ?? readTo), format);
      const isPassedThrough = format.codec === "opus" && format.gainDb === 0 && !format.streams;
      const chunk = isPassedThrough ? this.#passThrough(batch) : await this.#decode(batch);
      this.#checkOpen();
      if (chunk) return chunk;
    }
    this.#ended = true;
    return undefined;
  }

  /** Makes the length an estimate once there is more: a file has grown since it was opened, or its length is wrong. */
  #checkLength(readTo: number, { sampleRate }: PacketFormat): void {
    const { durationMs, isDurationEstimated } = this.#facts;
    const isLonger = durationMs !== null && (readTo * 1_000) / sampleRate > durationMs + lengthToleranceMs;
    if (isLonger && !isDurationEstimated) this.#facts = { ...this.#facts, isDurationEstimated: true };
  }

  async seek(positionMs: number): Promise<void> {
    this.#checkOpen();
    const { seekable, sampleRate } = this.facts;
    if (!seekable) throw new TrackError("This track does not support seeking.", "COMMON");
    if (!Number.isFinite(positionMs)) throw new RangeError(`positionMs must be a number, not ${positionMs}`);
    this.#dropDecoder();
    this.#audibleFrom = Math.round((Math.max(0, positionMs) * sampleRate) / 1_000);
    this.#audibleRate = sampleRate;
    this.#ended = this.#reader.length !== null && this.#audibleFrom >= this.#reader.length;
    if (this.#ended) return;
    this.#format = undefined;
    if (!this.#reopen) await this.#reader.seek(this.#audibleFrom);
    else if (positionMs < this.#readToMs) await this.#restart(this.#reopen);
    this.#checkOpen();
  }

  /** Reads again from the start of bytes that cannot be read backwards. */
  async #restart(reopen: () => Promise<PacketReader>): Promise<void> {
    const reader = await reopen();
    this.#reader.close();
    this.#reader = reader;
    this.#readTo = 0;
    this.#readToMs = 0;
    if (this.#closed) reader.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#dropDecoder();
    this.#reader.close();
  }

  async #readBatch(): Promise<PacketBatch | undefined> {
    try {
      return await this.#reader.read();
    } catch (error) {
      this.#checkOpen();
      if (error instanceof TrackError) throw error;
      throw new TrackError("The file is damaged.", "COMMON", { cause: error });
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new TrackError("The track was closed.", "COMMON");
  }

  #dropDecoder(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    try {
      decoder?.close();
    } catch {
      // A crashed decoder cannot free its memory; garbage collection does.
    }
  }

  #setFormat({ format, begin }: PacketBatch): void {
    if (format === this.#format) return;
    checkFormat(format, this.#limits);
    if (begin !== undefined) {
      const from = Math.round((this.#audibleFrom * format.sampleRate) / this.#audibleRate);
      this.#audibleFrom = Math.max(begin, from);
      this.#audibleRate = format.sampleRate;
    } else if (this.#format && this.#format.sampleRate !== format.sampleRate) {
      this.#audibleFrom = 0;
    }
    this.#format = format;
    this.#dropDecoder();
  }

  /** Passes Opus packets through with their audible range. */
  #passThrough(batch: PacketBatch): MediaChunk | undefined {
    const packets: OpusPacket[] = [];
    for (const { data, start, samples } of batch.packets) {
      const { skip, end } = this.#audibleRange(start, samples, batch.end);
      if (start + samples <= this.#audibleFrom - opusPreRollSamples || end === 0 || samples === 0) continue;
      packets.push({ data, samples, skip, trim: samples - Math.max(skip, end) });
    }
    return packets.length > 0 ? { type: "opus", packets } : undefined;
  }

  async #decode(batch: PacketBatch): Promise<MediaChunk | undefined> {
    const { sampleRate, channels } = batch.format;
    const pieces: (readonly Float32Array[])[] = [];
    let total = 0;
    const preRoll = preRollOf(batch.format);
    for (const packet of batch.packets) {
      if (packet.samples * channels * 4 > this.#limits.maxDecodedBytes)
        throw new TrackError("The file is damaged.", "COMMON");
      if (packet.start + packet.samples <= this.#audibleFrom - preRoll) continue;
      this.#decoder ??= await openDecoder(batch.format);
      const decoded =
        (packet.isMissing ? undefined : this.#decodeOne(this.#decoder, packet)) ??
        this.#silence(packet, channels);
      const count = decoded[0]?.length ?? 0;
      // Surplus samples precede the announced ones.
      const start = packet.start + packet.samples - count;
      const { skip, end } = this.#audibleRange(start, count, batch.end);
      if (end <= skip) continue;
      pieces.push(decoded.map((samples) => samples.subarray(skip, end)));
      total += end - skip;
    }
    if (total === 0) return undefined;
    return { type: "pcm", sampleRate, channels: join(pieces, channels, total) };
  }

  /** Returns the audible range of a packet. */
  #audibleRange(
    start: number,
    samples: number,
    trackEnd: number | null,
  ): { readonly skip: number; readonly end: number } {
    const clamp = (sample: number) => Math.max(0, Math.min(samples, sample - start));
    return { skip: clamp(this.#audibleFrom), end: trackEnd === null ? samples : clamp(trackEnd) };
  }

  #decodeOne(decoder: Decoder, packet: Packet): readonly Float32Array[] | undefined {
    let decoded: readonly Float32Array[] | undefined;
    try {
      decoded = decoder.decode(packet.data);
    } catch (error) {
      // A WebAssembly instance is unusable after a failure.
      this.#dropDecoder();
      if (++this.#crashes > maxCrashes)
        throw new TrackError("The file is damaged.", "COMMON", { cause: error });
    }
    this.#damaged = decoded ? 0 : this.#damaged + 1;
    if (this.#damaged > maxDamagedPackets) throw new TrackError("The file is damaged.", "COMMON");
    return decoded;
  }

  #silence(packet: Packet, channels: number): readonly Float32Array[] {
    return Array.from({ length: channels }, () => new Float32Array(packet.samples));
  }
}

function join(pieces: readonly (readonly Float32Array[])[], channels: number, total: number): Float32Array[] {
  return Array.from({ length: channels }, (_, channel) => {
    const [first] = pieces;
    if (pieces.length === 1 && first?.[channel]) return first[channel];
    const samples = new Float32Array(total);
    let at = 0;
    for (const piece of pieces) {
      const part = piece[channel];
      if (part) samples.set(part, at);
      at += part?.length ?? 0;
    }
    return samples;
  });
}
