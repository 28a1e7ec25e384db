// Test support: players with real audio, without the network.

import { join } from "node:path";
import { type OperationName, readOperation } from "@asterite/andesite-protocol";
import { loadOpus, OpusDecoder } from "@asterite/audio/media";
import { encodeTrack, type Track } from "@asterite/lavaplayer-track";
import { mediaFolder } from "@asterite/testkit";
import { type Logger, silentLogger } from "@asterite/util";
import type { ByteLimits } from "../bytes/byte-limits.ts";
import { defaultUserAgent } from "../bytes/byte-settings.ts";
import type { MediaLocation } from "../bytes/media-location.ts";
import { type Clock, systemClock } from "../clock.ts";
import { Engine } from "../engine/engine.ts";
import { silencePacket } from "../engine/frame.ts";
import type { Loader } from "../loading/loader.ts";
import type { UnusedPlayers } from "./player.ts";
import { PlayerCensus } from "./player-census.ts";
import { PlayerMap } from "./player-map.ts";
import type { PlayerReport } from "./player-report.ts";
import type { PlayerMessage, PlayerOperation } from "./players.ts";

/** Options of {@link TestPlayers}. */
interface TestPlayersOptions {
  readonly clock?: Clock;
  readonly stuckThresholdMs?: number;
  readonly threads?: number;
  /** PEM. */
  readonly voiceAuthority?: string;
  /** Default: 60 s, more than any machine needs. */
  readonly connectTimeoutMs?: number;
  /** Locates tracks. Default: the identifier is the path of a file. */
  readonly locate?: (track: Track) => Promise<MediaLocation>;
  /** Default: discards every line. */
  readonly logger?: Logger;
  /** Default: those of a node. */
  readonly byteLimits?: Partial<ByteLimits>;
  /** Default: `remove`. */
  readonly unused?: UnusedPlayers;
}

/** Returns an encoded track for a file. */
export const fileTrack = (file: string, lengthMs: number | null = 3_000, source = "local"): string =>
  encodeTrack({
    info: { title: file, author: "Asterite", lengthMs, identifier: file, isStream: lengthMs === null },
    source: { name: source, probe: { name: "any", parameters: null } },
  });

/** Returns an encoded track for a media file of the test kit. */
export const mediaTrack = (name: string): string => fileTrack(join(mediaFolder, name));

/** Decoded audio: left and right at 48 kHz. */
export type Recording = readonly [left: Float32Array, right: Float32Array];

/** The players of a node without its API. Tracks of the source `off` cannot be played. */
export class TestPlayers implements AsyncDisposable {
  readonly engine: Engine;
  readonly census = new PlayerCensus(20);
  readonly players: PlayerMap;
  /** The messages sent so far, in short: `TrackEndEvent STOPPED`, `update`. */
  readonly sent: string[] = [];
  readonly messages: PlayerMessage[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(options: TestPlayersOptions = {}) {
    const { clock = systemClock, stuckThresholdMs = 10_000, threads = 1, locate, voiceAuthority } = options;
    const { connectTimeoutMs = 60_000, logger = silentLogger } = options;
    this.engine = new Engine(
      {
        opus: { bitrate: 128_000, complexity: 5 },
        stuckThresholdMs,
        bytes: { allowPrivateAddresses: true, userAgent: defaultUserAgent, limits: options.byteLimits ?? {} },
        voice: { connectTimeoutMs, resumeAttempts: 3 },
        voiceAuthority: voiceAuthority ?? null,
      },
      threads,
      logger,
    );
    const loader: Loader = {
      enabledSources: ["local"],
      canPlay: ({ source }) => source.name !== "off",
      locate: locate ?? (({ info }) => Promise.resolve({ type: "file", path: info.identifier })),
      load: () => Promise.resolve({ loadType: "NO_MATCHES" }),
      readPicture: () => Promise.resolve(null),
      catalog: null,
      close: () => Promise.resolve(),
    };
    this.players = new PlayerMap({
      engine: this.engine,
      loader,
      clock,
      times: { updateIntervalMs: 5_000, cleanupIntervalMs: 30_000, cleanupAfterMs: 60_000, stuckThresholdMs },
      census: this.census,
      unused: options.unused ?? "remove",
      describeError: ({ message }) => ({ message }),
      onRemoved() {},
      logger: silentLogger,
    });
    this.players.listen((message) => this.#handleMessage(message));
  }

  /** Performs an operation on the player of user 1 in guild 2. */
  perform(op: OperationName, payload: Readonly<Record<string, unknown>> = {}): PlayerReport | null {
    const fields = readOperation(op, payload);
    if (!fields.ok) throw new Error(`${fields.field} must be ${fields.expected}`);
    return this.players.perform("1", "2", { op, fields: fields.value, payload } as PlayerOperation);
  }

  /** Plays a track with `radio`, so that it needs no listener. */
  play(track: string, payload: Readonly<Record<string, unknown>> = {}): PlayerReport | null {
    return this.perform("play", { track, radio: true, ...payload });
  }

  /** Waits until a number of frames were sent, including silence. */
  async passFrames(frames: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const audio = this.players.find("1", "2")?.audio;
    if (!audio) throw new Error("the player does not exist");
    let count = 0;
    audio.listener = () => {
      if (++count === frames) resolve();
    };
    await promise;
    audio.listener = undefined;
  }

  /** State of the player; `null` if there is none. */
  get report(): PlayerReport | null {
    return this.players.get("1", "2");
  }

  /** Waits until a condition holds, which is checked after each message. */
  async waitUntil(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Waits until all these messages were sent. */
  waitFor(...messages: string[]): Promise<void> {
    return this.waitUntil(() => messages.every((message) => this.sent.includes(message)));
  }

  /**
   * Records a number of frames, or until a promise settles. Omits the silence that stands in for missing
   * frames: before the first frame, and wherever the machine was too slow to make one.
   */
  async record(until: number | Promise<unknown>): Promise<Recording> {
    const decoder = new OpusDecoder(await loadOpus());
    const [left, right]: [Float32Array[], Float32Array[]] = [[], []];
    const audio = this.players.find("1", "2")?.audio;
    if (!audio) throw new Error("the player does not exist");
    const { promise, resolve } = Promise.withResolvers<void>();
    audio.listener = (packet) => {
      if (Buffer.compare(packet, silencePacket) === 0) return;
      const decoded = decoder.decode(packet);
      if (decoded) {
        left.push(decoded[0]);
        right.push(decoded[1]);
      }
      if (left.length === until) resolve();
    };
    await (typeof until === "number" ? promise : until);
    audio.listener = undefined;
    return [joinBlocks(left), joinBlocks(right)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.players.close();
    await this.engine.close();
  }

  #handleMessage(message: PlayerMessage): void {
    const { content } = message;
    this.messages.push(message);
    this.sent.push(content.type === "event" ? describeEvent(content.name, content.fields) : content.type);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

const describeEvent = (type: string, fields: Readonly<Record<string, unknown>>): string =>
  [type, fields["reason"], fields["cleanup"]].filter((part) => part !== undefined && part !== null).join(" ");

function joinBlocks(blocks: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(blocks.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const block of blocks) {
    all.set(block, offset);
    offset += block.length;
  }
  return all;
}
