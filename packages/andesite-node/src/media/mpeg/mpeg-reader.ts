import { TrackError } from "../../errors.ts";
import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import type { Packet, PacketBatch, PacketFormat, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import { readId3, readId3v1 } from "../tags/id3.ts";
import { noTags, type Tags } from "../tags/tags.ts";
import { type FrameHeader, headerBytes, readFrameHeader, sameStream } from "./frame-header.ts";
import { type InfoFrame, readInfoFrame } from "./info-frame.ts";

/** Samples by which every decoder of Layer III is late. */
const decoderDelay = 529;
/** Every so many frames the place of one is remembered. */
const indexStep = 64;
/**
 * Frames that a decoder gets before the one that was sought. A frame takes bits from at most 511 bytes of main data
 * before it, which at the lowest usable bitrates are some 20 frames; one more fills the overlap.
 */
const preRoll = 30;
const batchSeconds = 0.1;

interface Frame {
  readonly at: number;
  readonly header: FrameHeader;
}

/** Frames of MPEG audio, Layers I to III, with what else is found between them. */
export class MpegReader implements PacketReader {
  readonly facts: MediaFacts;
  readonly #window: ByteWindow;
  readonly #limits: MediaLimits;
  readonly #format: PacketFormat;
  readonly #first: Frame;
  readonly #info: InfoFrame | undefined;
  /** Sample of the track with which frame 0 begins. */
  readonly #origin: number;
  readonly #end: number | null;
  /** Places of every {@link indexStep}th frame, as far as they are known. */
  readonly #index: number[] = [];
  #at: number;
  #frame = 0;

  private constructor(
    window: ByteWindow,
    limits: MediaLimits,
    first: Frame,
    info: InfoFrame | undefined,
    tags: Tags,
  ) {
    this.#window = window;
    this.#limits = limits;
    this.#first = first;
    this.#at = first.at;
    this.#info = info;
    const { sampleRate, channels, samples } = first.header;
    this.#format = { codec: "mp3", sampleRate, channels };
    const delay = info?.delay ?? null;
    this.#origin = delay === null ? 0 : -(delay + decoderDelay);
    const frames = info?.frames ?? null;
    this.#end =
      frames === null || delay === null ? null : Math.max(0, frames * samples - delay - (info?.padding ?? 0));
    const length = this.#end ?? (frames === null ? this.#estimate() : frames * samples);
    this.facts = factsFrom({
      ...{ container: "mp3", codec: "mp3", sampleRate, channels, length },
      ...{ seekable: window.size !== null, tags },
    });
  }

  /** Finds the first frame; `at` is where to look, after the tags. Undefined if there is none. */
  static async open(window: ByteWindow, limits: MediaLimits): Promise<MpegReader | undefined> {
    let tags = noTags;
    let at = 0;
    for (;;) {
      const id3 = await readId3(window, at, limits);
      if (!id3) break;
      if (at === 0) tags = id3.tags;
      at = id3.end;
    }
    const first = await findFrame(window, at, undefined, limits);
    if (!first) return undefined;
    const bytes = await window.at(first.at, first.header.bytes);
    const info = first.header.layer === 3 ? readInfoFrame(bytes, first.header) : undefined;
    if (tags === noTags && window.size !== null) tags = await readId3v1(window, window.size);
    if (tags.replayGainDb === null && info) tags = { ...tags, replayGainDb: info.replayGainDb };
    // Its own frame holds no audio; what follows may begin with another tag or damage.
    const start = info ? await findFrame(window, first.at + first.header.bytes, first.header, limits) : first;
    return start && new MpegReader(window, limits, start, info, tags);
  }

  #estimate(): number | null {
    const { size } = this.#window;
    if (size === null) return null;
    const { bitrate, sampleRate, samples } = this.#first.header;
    return Math.round(((size - this.#first.at) * 8 * sampleRate) / bitrate / samples) * samples;
  }

  async read(): Promise<PacketBatch | undefined> {
    const packets: Packet[] = [];
    const { samples, sampleRate } = this.#first.header;
    const count = Math.ceil((batchSeconds * sampleRate) / samples);
    while (packets.length < count) {
      const frame = await this.#next();
      if (!frame) break;
      const bytes = this.#window.peek(frame.at, frame.header.bytes);
      if (!bytes) break;
      const start = this.#origin + (this.#frame - 1) * samples;
      packets.push({ data: bytes, start, samples });
    }
    if (packets.length > 0) return { format: this.#format, packets, end: this.#end };
    const frames = this.#info?.frames ?? null;
    // One frame less than announced is common; much less means that the file was cut off.
    if (frames !== null && this.#frame < frames - 1)
      throw new TrackError("The file ends before the track does.", "COMMON");
    return undefined;
  }

  /** Steps over the next whole frame. */
  async #next(): Promise<Frame | undefined> {
    let header = readHeaderIn(
      this.#window.peek(this.#at, headerBytes) ?? (await this.#window.at(this.#at, headerBytes)),
    );
    if (!header || !sameStream(header, this.#first.header)) {
      const found = await findFrame(this.#window, this.#at, this.#first.header, this.#limits);
      if (!found) return undefined;
      this.#at = found.at;
      header = found.header;
    }
    const at = this.#at;
    if (!this.#window.peek(at, header.bytes)) {
      const bytes = await this.#window.at(at, header.bytes);
      if (bytes.length < header.bytes) return undefined;
    }
    if (this.facts.seekable && this.#frame % indexStep === 0) this.#index[this.#frame / indexStep] = at;
    this.#frame++;
    this.#at = at + header.bytes;
    return { at, header };
  }

  async seek(sample: number): Promise<void> {
    const { samples } = this.#first.header;
    const wanted = Math.max(0, Math.floor((sample - this.#origin) / samples) - preRoll);
    const known = Math.min(Math.floor(wanted / indexStep), this.#index.length - 1);
    this.#at = this.#first.at;
    this.#frame = 0;
    if (known >= 0) {
      this.#at = this.#index[known] ?? this.#first.at;
      this.#frame = known * indexStep;
    }
    // Far behind what is known, the place can be computed if all frames have one length.
    if (wanted - this.#frame > 2 * indexStep) await this.#jump(wanted);
    while (this.#frame < wanted && (await this.#next()));
  }

  /** Goes to a frame of a file of constant bitrate, if it is where it has to be. */
  async #jump(frame: number): Promise<void> {
    if (!this.#info?.constantBitrate) return;
    const { bitrate, sampleRate, samples, layer } = this.#first.header;
    if (layer === 1) return;
    // Padding keeps the sum of the lengths within a byte of this.
    const expected = this.#first.at + Math.floor((frame * samples * bitrate) / 8 / sampleRate);
    for (const at of [expected, expected + 1, expected - 1]) {
      let place = at;
      let header: FrameHeader | undefined;
      for (let count = 0; count < 3; count++) {
        header = readHeaderIn(await this.#window.at(place, headerBytes));
        if (!header || header.bitrate !== bitrate || !sameStream(header, this.#first.header)) break;
        place += header.bytes;
      }
      if (!header || header.bitrate !== bitrate) continue;
      this.#at = at;
      this.#frame = frame;
      return;
    }
  }

  close(): void {
    this.#window.close();
  }
}

const readHeaderIn = (bytes: Uint8Array): FrameHeader | undefined =>
  bytes.length < headerBytes ? undefined : readFrameHeader(bytes);

/**
 * Finds the next frame that another follows, since four bytes alone are found by chance in a picture or in
 * damage.
 */
export async function findFrame(
  window: ByteWindow,
  from: number,
  like: FrameHeader | undefined,
  limits: MediaLimits,
): Promise<Frame | undefined> {
  const until = from + (like ? limits.maxDamageBytes : limits.maxLeadBytes);
  let at = from;
  while (at < until) {
    const stretch = await window.at(at, 4_096);
    if (stretch.length < headerBytes) return undefined;
    const place = stretch.indexOf(0xff);
    if (place < 0 || place > stretch.length - headerBytes) {
      at += place < 0 ? stretch.length : Math.max(place, 1);
      if (place < 0 || stretch.length >= 4_096) continue;
      return undefined;
    }
    at += place;
    const header = readFrameHeader(stretch, place);
    if (header && (!like || sameStream(header, like))) {
      const next = await window.at(at + header.bytes, headerBytes);
      const follower = readHeaderIn(next);
      if (follower && sameStream(follower, header)) {
        const third = readHeaderIn(await window.at(at + header.bytes + follower.bytes, headerBytes));
        if (like || (third && sameStream(third, header))) return { at, header };
      } else if (like && next.length === 0) return { at, header };
      // A tag may stand behind the last frame.
      if (like && /^(?:TAG|APE|ID3|LYR)/.test(Buffer.from(next).toString("latin1"))) return { at, header };
    }
    at++;
  }
  return undefined;
}
