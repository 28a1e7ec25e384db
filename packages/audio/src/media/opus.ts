import { CodecError } from "./codec-error.ts";
import type { OpusPacket } from "./media-stream.ts";
import type { OpusLibrary, RawDecoder, RawEncoder } from "./opus-library.ts";
import { opusFrameSamples } from "./opus-packet.ts";

/** Options of {@link OpusEncoder}. */
export interface OpusEncoderOptions {
  /** Bit rate in bit/s, from 6,000 to 510,000. Default 128,000. */
  readonly bitrate?: number;
  /** Encoder effort, from 0 to 10. Default 10; 5 is much faster and hardly worse. */
  readonly complexity?: number;
  /**
   * Whether packets contain a low-bit-rate copy of the previous one, for receivers that lost it. Default
   * false.
   */
  readonly fec?: boolean;
  /** Expected packet loss in percent, from 0 to 100. Default 0. */
  readonly packetLossPercent?: number;
  /** Predominant kind of signal. Default `auto`. */
  readonly signal?: "auto" | "voice" | "music";
}

/** The defaults of {@link OpusEncoderOptions}. */
const opusEncoderDefaults = Object.freeze({
  bitrate: 128_000,
  complexity: 10,
  fec: false,
  packetLossPercent: 0,
  signal: "auto",
} satisfies OpusEncoderOptions);

// Requests of opus_encoder_ctl, opus_defines.h.
const requests = { bitrate: 4002, complexity: 4010, fec: 4012, packetLoss: 4014, signal: 4024 } as const;
const signals = { auto: -1000, voice: 3001, music: 3002 } as const;

function inRange(name: string, value: number, from: number, to: number): number {
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new CodecError(
    "INVALID_OPTION",
    `${name} must be a whole number from ${from} to ${to}, not ${value}`,
  );
}

/** Encoder of frames of 20 ms at 48 kHz stereo. */
export class OpusEncoder {
  readonly #encoder: RawEncoder;

  /** @throws CodecError `INVALID_OPTION` for an option that is out of range. */
  constructor(library: OpusLibrary, options: OpusEncoderOptions = {}) {
    const { bitrate, complexity, fec, packetLossPercent, signal } = { ...opusEncoderDefaults, ...options };
    this.#encoder = library.encoder();
    this.#encoder.ctl(requests.bitrate, inRange("bitrate", bitrate, 6_000, 510_000));
    this.#encoder.ctl(requests.complexity, inRange("complexity", complexity, 0, 10));
    this.#encoder.ctl(requests.fec, fec ? 1 : 0);
    this.#encoder.ctl(requests.packetLoss, inRange("packetLossPercent", packetLossPercent, 0, 100));
    this.#encoder.ctl(requests.signal, signals[signal]);
  }

  /**
   * Encodes one frame.
   *
   * @param samples - 960 interleaved stereo samples.
   */
  encode(samples: Int16Array): Uint8Array {
    if (samples.length !== 2 * opusFrameSamples)
      throw new RangeError(`samples must hold ${2 * opusFrameSamples} values, not ${samples.length}`);
    return this.#encoder.encode(samples);
  }

  /** Frees its memory; the object must not be used afterwards. */
  close(): void {
    this.#encoder.drop();
  }
}

/** Maximum samples per packet: 120 ms (RFC 6716, section 3.1). */
const maxPacketSamples = 5_760;
// A thread decodes one packet at a time, so all its decoders share these buffers.
const left = new Float32Array(maxPacketSamples);
const right = new Float32Array(maxPacketSamples);
const none = new Float32Array(0);

/** Decoder of Opus packets to 48 kHz stereo. */
export class OpusDecoder {
  readonly #decoder: RawDecoder;
  readonly #gain: number;

  /** @param gainDb - Gain in dB that is applied to decoded samples. */
  constructor(library: OpusLibrary, gainDb = 0) {
    this.#decoder = library.decoder();
    this.#gain = 10 ** (gainDb / 20) / 32_768;
  }

  /** Decodes a packet to left and right, full scale ±1; returns undefined if it is damaged. */
  decode(packet: Uint8Array): readonly [Float32Array, Float32Array] | undefined {
    const count = this.#decode(packet);
    return count === undefined ? undefined : [left.slice(0, count), right.slice(0, count)];
  }

  /**
   * Decodes the audible part of a packet, or silence of the same length if it is damaged. The next packet
   * decoded in this thread overwrites the result.
   */
  decodeAudible({ data, samples, skip, trim }: OpusPacket): readonly [Float32Array, Float32Array] {
    const count = this.#decode(data);
    if (skip >= samples) return [none, none];
    const end = Math.max(skip, samples - trim);
    if (count === undefined) return [new Float32Array(end - skip), new Float32Array(end - skip)];
    return [left.subarray(skip, Math.min(end, count)), right.subarray(skip, Math.min(end, count))];
  }

  /** Frees its memory; the object must not be used afterwards. */
  close(): void {
    this.#decoder.drop();
  }

  /**
   * Decodes a packet into the shared buffers. Returns the number of samples, or undefined if the packet is
   * damaged.
   */
  #decode(packet: Uint8Array): number | undefined {
    // The decoder would conceal 120 ms for an empty packet, as for a lost one.
    if (packet.length === 0) return undefined;
    let bytes: Uint8Array;
    try {
      bytes = this.#decoder.decode(packet);
    } catch {
      return undefined;
    }
    const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    const count = samples.length / 2;
    for (let index = 0; index < count; index++) {
      left[index] = (samples[2 * index] ?? 0) * this.#gain;
      right[index] = (samples[2 * index + 1] ?? 0) * this.#gain;
    }
    return count;
  }
}
