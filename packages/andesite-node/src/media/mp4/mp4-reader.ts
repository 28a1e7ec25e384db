import { type EncodedPacket, EncodedPacketSink, type Input, type MetadataTags } from "mediabunny";
import { TrackError } from "../../errors.ts";
import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import type { MediaFacts } from "../media-stream.ts";
import { opusPacketSamples, opusPreRollSamples, opusRate } from "../opus-packet.ts";
import type { Packet, PacketBatch, PacketFormat, PacketReader } from "../packet-reader.ts";
import { factsFrom } from "../tags/facts.ts";
import { type Tags, tagsFrom } from "../tags/tags.ts";
import { readAacConfig } from "./aac-config.ts";
import { openInput } from "./window-source.ts";

const batchPackets = 5;
const aacSamples = 1_024;

/** Audio of MP4 and QuickTime files, by their index. */
export class Mp4Reader implements PacketReader {
  readonly facts: MediaFacts;
  readonly length: number | null;
  readonly #input: Input;
  readonly #window: ByteWindow;
  readonly #sink: EncodedPacketSink;
  readonly #format: PacketFormat;
  #next: EncodedPacket | null | undefined;
  /** Sample after the packet that was read last. */
  #position = 0;

  private constructor(
    opened: { readonly input: Input; readonly window: ByteWindow; readonly sink: EncodedPacketSink },
    format: PacketFormat,
    durationSeconds: number | null,
    tags: Tags,
  ) {
    this.#input = opened.input;
    this.#window = opened.window;
    this.#sink = opened.sink;
    this.#format = format;
    const { codec, sampleRate, channels } = format;
    this.length = durationSeconds === null ? null : Math.round(durationSeconds * sampleRate);
    this.facts = factsFrom({
      ...{ container: "mp4", codec, sampleRate, channels, length: this.length },
      ...{ seekable: opened.window.size !== null, tags },
    });
  }

  /**
   * Reads the index; undefined if there is no audio.
   *
   * @throws TrackError where it is of a kind that cannot be decoded.
   */
  static async open(window: ByteWindow, limits: MediaLimits): Promise<Mp4Reader | undefined> {
    const input = openInput(window, limits);
    const track = await input.getPrimaryAudioTrack();
    if (!track) return undefined;
    const [codec, config, seconds] = [
      await track.getCodec(),
      await track.getDecoderConfig(),
      await track.getDurationFromMetadata({ skipLiveWait: true }),
    ];
    const description = toBytes(config?.description);
    const format = config && formatOf(codec, config.sampleRate, config.numberOfChannels, description);
    if (!format) throw new TrackError(`Audio of the kind ${codec ?? "unknown"} is not supported.`, "COMMON");
    const tags = readTags(await input.getMetadataTags());
    return new Mp4Reader({ input, window, sink: new EncodedPacketSink(track) }, format, seconds, tags);
  }

  async read(): Promise<PacketBatch | undefined> {
    const packets: Packet[] = [];
    while (packets.length < batchPackets) {
      const packet = this.#next === undefined ? await this.#sink.getFirstPacket() : this.#next;
      if (!packet) break;
      const { data, timestamp, duration } = packet;
      const start = Math.round(timestamp * this.#format.sampleRate);
      const samples = this.#samples(data, duration);
      packets.push({ data, start, samples });
      this.#position = start + samples;
      this.#next = await this.#sink.getNextPacket(packet);
    }
    if (packets.length > 0) return { format: this.#format, packets, end: this.length };
    if (this.length !== null && this.#position < this.length)
      throw new TrackError("The file ends before the track does.", "COMMON");
    return undefined;
  }

  #samples(data: Uint8Array, durationSeconds: number): number {
    const { codec, sampleRate } = this.#format;
    if (codec === "opus") return opusPacketSamples(data);
    // The last one is shortened in the index, where the end is cut off.
    return codec === "aac" ? aacSamples : Math.round(durationSeconds * sampleRate);
  }

  async seek(sample: number): Promise<void> {
    const { codec, sampleRate } = this.#format;
    const preRoll = codec === "opus" ? opusPreRollSamples : codec === "mp3" ? 30 * 1_152 : 2 * aacSamples;
    this.#position = sample;
    this.#next =
      (await this.#sink.getPacket((sample - preRoll) / sampleRate)) ?? (await this.#sink.getFirstPacket());
  }

  close(): void {
    this.#input.dispose();
    this.#window.close();
  }
}

function toBytes(description: ArrayBufferLike | ArrayBufferView | undefined): Uint8Array | undefined {
  if (!description) return undefined;
  return ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength).slice()
    : new Uint8Array(description).slice();
}

function formatOf(
  codec: string | null,
  sampleRate: number,
  channels: number,
  description: Uint8Array | undefined,
): PacketFormat | undefined {
  if (codec === "mp3") return { codec, sampleRate, channels };
  if (codec === "flac") return { codec, sampleRate, channels };
  if (codec === "opus") {
    const gainDb =
      description && description.length >= 18 ? Buffer.from(description).readInt16LE(16) / 256 : 0;
    return { codec, sampleRate: opusRate, channels, gainDb };
  }
  const core = codec === "aac" && description ? readAacConfig(description) : undefined;
  return core && { codec: "aac", ...core };
}

function readTags({ title, artist, album, lyrics, raw = {} }: MetadataTags): Tags {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(raw)) {
    // Free fields are called `----:com.apple.iTunes:ISRC` or by their last part alone.
    const key = name.split(":").at(-1)?.toUpperCase();
    if (key && typeof value === "string") fields.set(key, value);
  }
  for (const [name, value] of Object.entries({ TITLE: title, ARTIST: artist, ALBUM: album, LYRICS: lyrics }))
    if (value) fields.set(name, value);
  return tagsFrom(fields);
}
