import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fragmentedMp4 } from "@asterite/testkit";
import type { MediaChunk, MediaStream } from "../media-stream.ts";
import { TrackError } from "../track-error.ts";
import { aacFrames, aacInTransport } from "../transport/transport.test-support.ts";
import type { HlsRequest, HlsResponse } from "./hls-fetch.ts";
import type { ReloadClock } from "./live-window.ts";
import { openHls } from "./open-hls.ts";

/** Root of the addresses of {@link HlsSite}. */
export const root = "https://radio.example/live/";

/** Addresses with content in memory. */
export class HlsSite {
  /** Content by path below {@link root}. */
  readonly files = new Map<string, Uint8Array | string | (() => Uint8Array | string)>();
  readonly requests: HlsRequest[] = [];

  /** Adds files. */
  add(files: Readonly<Record<string, Uint8Array | string | (() => Uint8Array | string)>>): this {
    for (const [path, content] of Object.entries(files)) this.files.set(path, content);
    return this;
  }

  /** Paths of the requests. */
  get paths(): string[] {
    return this.requests.map(({ url }) => url.replace(root, ""));
  }

  readonly fetch = async (request: HlsRequest, signal: AbortSignal): Promise<HlsResponse> => {
    await nextTurn();
    signal.throwIfAborted();
    this.requests.push(request);
    const { url, range, maxBytes } = request;
    const file = this.files.get(url.replace(root, ""));
    if (file === undefined) throw new TrackError("The server responded with status 404.", "COMMON");
    const content = Buffer.from(typeof file === "function" ? file() : file);
    const bytes = range ? content.subarray(range.start, range.end) : content;
    if (bytes.length > maxBytes) throw new TrackError("too large", "COMMON");
    return { url, bytes };
  };

  open(path = "index.m3u8", options: Partial<Parameters<typeof openHls>[1]> = {}): Promise<MediaStream> {
    return openHls(`${root}${path}`, { fetch: this.fetch, ...options });
  }
}

/** Frames of a segment of about half a second. */
export const segmentFrames = 22;
export const segmentSeconds = (segmentFrames * 1_024) / 44_100;

/** Frames of the AAC file in segments. */
export const frameGroups: readonly (readonly Uint8Array[])[] = Array.from(
  { length: Math.ceil(aacFrames.length / segmentFrames) },
  (_, index) => aacFrames.slice(index * segmentFrames, (index + 1) * segmentFrames),
);

/** Returns a segment of AAC in a transport stream. */
export const transportSegment = (index: number): Buffer =>
  aacInTransport({ startSeconds: 10 + index * segmentSeconds }, frameGroups[index % frameGroups.length]);

/** Returns a segment of AAC with the time stamp that HLS requires in front (RFC 8216, section 3.4). */
export function packedSegment(frames: readonly Uint8Array[], seconds: number): Buffer {
  const content = Buffer.concat([
    Buffer.from("com.apple.streaming.transportStreamTimestamp\0"),
    Buffer.alloc(8),
  ]);
  content.writeBigUInt64BE(BigInt(Math.round(seconds * 90_000)), content.length - 8);
  const frame = Buffer.from("PRIV\0\0\0\0\0\0", "latin1");
  frame.writeUInt8(content.length, 7);
  const tag = Buffer.from("ID3\x04\0\0\0\0\0\0", "latin1");
  tag.writeUInt8(frame.length + content.length, 9);
  return Buffer.concat([tag, frame, content, ...frames]);
}

/** Initialisation section and segments of fragmented MP4 with AAC. */
export function mp4Segments(): { readonly map: Buffer; readonly segments: readonly Buffer[] } {
  const file = readFileSync(fragmentedMp4);
  const starts: number[] = [];
  let end = file.length;
  for (let at = 0; at + 8 <= file.length; at += file.readUInt32BE(at)) {
    const type = file.toString("latin1", at + 4, at + 8);
    if (type === "moof") starts.push(at);
    if (type === "mfra") end = at;
  }
  return {
    map: file.subarray(0, starts[0]),
    segments: starts.map((start, index) => file.subarray(start, starts[index + 1] ?? end)),
  };
}

/** Encrypts a segment. */
export function encrypt(bytes: Uint8Array, key: Uint8Array, vector: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-128-cbc", key, vector);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

/** Returns the text of an ended playlist of segments with the same duration. */
export const recorded = (
  segments: readonly string[],
  seconds: number | readonly number[] = segmentSeconds,
  head = "",
): string => {
  const duration = (index: number) => (typeof seconds === "number" ? seconds : (seconds[index] ?? 0));
  const lines = segments.map((segment, index) => `#EXTINF:${duration(index).toFixed(6)},\n${segment}`);
  return `#EXTM3U\n#EXT-X-TARGETDURATION:1\n${head}${lines.join("\n")}\n#EXT-X-ENDLIST\n`;
};

const secondsOf = (chunk: MediaChunk): number =>
  chunk.type === "pcm"
    ? (chunk.channels[0]?.length ?? 0) / chunk.sampleRate
    : chunk.packets.reduce((sum, { samples }) => sum + samples, 0) / 48_000;

/** Clock whose time only passes while a player plays or waits. */
export class VirtualClock implements ReloadClock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly resolve: () => void }>();

  now(): number {
    return this.#now;
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#timers.add({ at: this.#now + ms, resolve });
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", abort));
  }

  /** Lets time pass. */
  async advance(ms: number): Promise<void> {
    this.#now += ms;
    for (const timer of this.#timers) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.resolve();
    }
    for (let turn = 0; turn < 12; turn++) await nextTurn();
  }

  /** Reads a chunk, and lets the time pass that the player waits for it and plays it. */
  async play(
    stream: MediaStream,
  ): Promise<{ readonly chunk: MediaChunk | undefined; readonly waitedMs: number }> {
    let isSettled = false;
    const reading = stream.read().finally(() => {
      isSettled = true;
    });
    reading.catch(() => {});
    const from = this.#now;
    for (let turn = 0; turn < 12 && !isSettled; turn++) await nextTurn();
    while (!isSettled) await this.advance(50);
    const waitedMs = this.#now - from;
    const chunk = await reading;
    if (chunk) await this.advance(1_000 * secondsOf(chunk));
    return { chunk, waitedMs };
  }
}
