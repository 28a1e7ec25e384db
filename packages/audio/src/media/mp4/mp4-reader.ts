import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import { checkMissingEnd } from "../missing-end.ts";
import { countMissing, missingPackets } from "../missing-packets.ts";
import type { Packet, PacketBatch, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import { tagsFrom } from "../tags/tags.ts";
import { TrackError } from "../track-error.ts";
import { readFragmentIndex } from "./fragment-index.ts";
import { Fragments } from "./fragments.ts";
import { readItems } from "./item-list.ts";
import { type AudioTrack, readAudioTrack, readMovie } from "./movie.ts";
import type { SampleEntry } from "./packet-entry.ts";
import type { Samples } from "./samples.ts";
import { readSegmentIndex } from "./segment-index.ts";

const batchSeconds = 0.1;

/** Reader of the first audio track of an MP4 or QuickTime file. */
export class Mp4Reader implements PacketReader {
  readonly facts: MediaFacts;
  readonly length: number | null;
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;
  readonly #track: AudioTrack;
  readonly #samples: Samples;
  /** First audible sample, in the track's own time. */
  readonly #origin: number;
  /** Samples up to the end of the fragments that the file had when it was opened; null if a length is declared, or unknown. */
  readonly #measured: number | null;
  /** Sample after the last packet read. */
  #position = 0;
  /** Whether the last packet followed the one before it without a hole. */
  #isRegular = false;

  private constructor(
    window: ByteWindow,
    limits: MediaLimits,
    track: AudioTrack,
    samples: Samples,
    span: { readonly skip: number; readonly length: number | null; readonly measured?: number | null },
    fields: ReadonlyMap<string, string>,
  ) {
    this.#window = window;
    this.#limits = limits;
    this.#track = track;
    this.#samples = samples;
    this.#origin = span.skip;
    this.length = span.length;
    this.#measured = span.measured ?? null;
    const { codec, sampleRate, channels } = track.entry.format;
    this.facts = factsFrom({
      container: "mp4",
      codec,
      sampleRate,
      channels,
      length: this.length ?? this.#measured,
      seekable: window.isSeekable,
      tags: tagsFrom(fields),
    });
  }

  /**
   * Reads the index; returns undefined if there is no audio.
   *
   * @throws TrackError if the format is not supported.
   */
  static async open(window: ByteWindow, limits: MediaLimits): Promise<Mp4Reader | undefined> {
    const movie = await readMovie(window, limits);
    const track = movie && readAudioTrack(movie.data, limits);
    if (typeof track === "string")
      throw new TrackError(`The audio codec ${track} is not supported.`, "COMMON");
    if (!movie || !track) return undefined;
    const fields = readItems(movie.data, limits);
    const { table, entry, timescale } = track;
    const inSamples = (time: number) => Math.round((time * entry.format.sampleRate) / timescale);
    const gapless = readGapless(fields, entry, timescale);
    const skip = track.skip !== null ? inSamples(track.skip) : (gapless?.skip ?? entry.preSkip);
    if (table.count > 0) {
      const all = inSamples(table.duration) - skip;
      // Edit lists use coarse units, so they are applied only where they shorten the track.
      const audible = track.audible === null ? (gapless?.length ?? all) : inSamples(track.audible);
      const unit = entry.format.sampleRate / 500;
      const length = Math.max(0, audible < all - unit || gapless?.length === audible ? audible : all);
      return new Mp4Reader(window, limits, track, table, { skip, length }, fields);
    }
    const index = window.size === null ? undefined : await readSegmentIndex(window, movie.end, limits);
    const canJump = window.isLocal || !window.isForPlaying;
    const places = index?.places ?? (canJump ? await readFragmentIndex(window, track.defaults.trackId) : []);
    const samples = new Fragments(window, limits, track.defaults, movie.end, places, entry.block?.together);
    // Without any index, only the fragments of a local file are walked.
    const isFound =
      index === undefined && window.size !== null && canJump && (places.length > 0 || window.isLocal);
    // Each jump reads a block, so the budget would end with the first hours.
    if (isFound && window.isLocal) window.setBudget(Number.POSITIVE_INFINITY);
    const end = isFound ? inSamples(await samples.findEnd()) : 0;
    const audible = (all: number) => (all > 0 ? Math.max(0, all - skip) : null);
    const length = index ? audible(Math.round(index.seconds * entry.format.sampleRate)) : null;
    const span = { skip, length, measured: audible(end) };
    return new Mp4Reader(window, limits, track, samples, span, fields);
  }

  async read(): Promise<PacketBatch | undefined> {
    const { entry, timescale } = this.#track;
    const { format } = entry;
    const packets: Packet[] = [];
    let total = 0;
    while (total < batchSeconds * format.sampleRate) {
      const sample = await this.#samples.next();
      if (!sample) break;
      if (sample.bytes > this.#limits.maxPacketBytes) throw new TrackError("The file is damaged.", "COMMON");
      const data = await this.#window.at(sample.at, sample.bytes);
      // Of blocks that are read together, some may be there.
      if (data.length < (entry.block?.blockBytes ?? sample.bytes)) break;
      const start = Math.round((sample.time * format.sampleRate) / timescale) - this.#origin;
      const samples = entry.samples(data);
      const { sampleRate } = format;
      const missing = countMissing((start - this.#position) / sampleRate, samples / sampleRate);
      // Times of which each is late are wrong.
      if (this.#isRegular && !entry.block)
        packets.push(...missingPackets(format, this.#position, missing, samples));
      packets.push({ data, start, samples });
      this.#isRegular = missing === 0;
      total += Math.max(1, samples);
      this.#position = start + samples;
    }
    if (packets.length > 0) return { format, packets, end: this.length };
    checkMissingEnd((this.length ?? this.#measured ?? 0) - this.#position, format.sampleRate);
    return undefined;
  }

  async seek(sample: number): Promise<void> {
    const { entry, timescale } = this.#track;
    const wanted = Math.max(0, sample + this.#origin - entry.preRoll);
    this.#position = sample;
    this.#isRegular = false;
    await this.#samples.seek((wanted * timescale) / entry.format.sampleRate);
  }

  close(): void {
    this.#window.close();
  }
}

/**
 * Reads the iTunes gapless tag: hexadecimal numbers, the second the encoder delay, the fourth the audible
 * samples. Encoders of spectral band replication that count time in samples of the core do so here as well.
 */
function readGapless(
  fields: ReadonlyMap<string, string>,
  { format }: SampleEntry,
  timescale: number,
): { readonly skip: number; readonly length: number } | undefined {
  const numbers = fields
    .get("ITUNSMPB")
    ?.trim()
    .split(/\s+/)
    .map((word) => Number.parseInt(word, 16));
  const [, skip, , length] = numbers ?? [];
  if (skip === undefined || length === undefined || !(skip >= 0) || !(length > 0)) return undefined;
  const isReplicated = format.codec === "aac" && format.config.isReplicated === true;
  const unit = isReplicated && format.sampleRate === 2 * timescale ? 2 : 1;
  return { skip: unit * skip, length: unit * length };
}
