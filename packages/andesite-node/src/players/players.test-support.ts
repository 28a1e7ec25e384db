// Players with real audio, for tests.

import { join } from "node:path";
import { type OperationName, readOperation } from "@asterite/andesite-protocol";
import { loadOpus, OpusDecoder } from "@asterite/audio/media";
import { encodeTrack, type Track } from "@asterite/lavaplayer-track";
import { mediaFolder } from "@asterite/testkit";
import { silentLogger } from "@asterite/util";
import { defaultUserAgent } from "../bytes/byte-settings.ts";
import type { MediaLocation } from "../bytes/media-location.ts";
import { type Clock, systemClock } from "../clock.ts";
import { Engine } from "../engine/engine.ts";
import { silencePacket } from "../engine/frame.ts";
import type { Loader } from "../loading/loader.ts";
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
  /** Default: longer than any machine takes. */
  readonly connectTimeoutMs?: number;
  /** Finds bytes; the identifier of a track is the path of a file unless told otherwise. */
  readonly locate?: (track: Track) => Promise<MediaLocation>;
}

/** A track that is a file. */
export const fileTrack = (file: string, lengthMs: number | null = 3_000, source = "local"): string =>
  encodeTrack({
    info: { title: file, author: "Asterite", lengthMs, identifier: file, isStream: lengthMs === null },
    source: { name: source, probe: { name: "any", parameters: null } },
  });

/** A track of the test kit's media. */
export const mediaTrack = (name: string): string => fileTrack(join(mediaFolder, name));

/** What was heard: left and right at 48 kHz. */
export type Heard = readonly [left: Float32Array, right: Float32Array];

/** A node's players without its network face; tracks of the source `off` cannot be played. */
export class TestPlayers implements AsyncDisposable {
  readonly engine: Engine;
  readonly players: PlayerMap;
  /** What was told so far, as short words: `TrackEndEvent STOPPED`, `update`. */
  readonly words: string[] = [];
  readonly messages: PlayerMessage[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(options: TestPlayersOptions = {}) {
    const { clock = systemClock, stuckThresholdMs = 10_000, threads = 1, locate, voiceAuthority } = options;
    const { connectTimeoutMs = 60_000 } = options;
    this.engine = new Engine(
      {
        opus: { bitrate: 128_000, complexity: 5 },
        stuckThresholdMs,
        bytes: { allowPrivateAddresses: true, userAgent: defaultUserAgent, limits: {} },
        voice: { connectTimeoutMs, resumeAttempts: 3 },
        voiceAuthority: voiceAuthority ?? null,
      },
      threads,
      silentLogger,
    );
    const loader: Loader = {
      enabledSources: ["local"],
      plays: ({ source }) => source.name !== "off",
      locate: locate ?? (({ info }) => Promise.resolve({ type: "file", path: info.identifier })),
      load: () => Promise.resolve({ loadType: "NO_MATCHES" }),
      picture: () => Promise.resolve(null),
      close: () => Promise.resolve(),
    };
    this.players = new PlayerMap({
      engine: this.engine,
      loader,
      clock,
      times: { updateIntervalMs: 5_000, cleanupIntervalMs: 30_000, cleanupAfterMs: 60_000, stuckThresholdMs },
      maxPlayersPerUser: 20,
      describeError: ({ message }) => ({ message }),
      onRemoved() {},
      logger: silentLogger,
    });
    this.players.listen((message) => this.#take(message));
  }

  /** Carries an operation on the player of user 1 in guild 2 out. */
  perform(op: OperationName, payload: Readonly<Record<string, unknown>> = {}): PlayerReport | null {
    const fields = readOperation(op, payload);
    if (!fields.ok) throw new Error(`${fields.field} must be ${fields.expected}`);
    return this.players.perform("1", "2", { op, fields: fields.value, payload } as PlayerOperation);
  }

  /** Plays in real time without anybody who listens. */
  play(track: string, payload: Readonly<Record<string, unknown>> = {}): PlayerReport | null {
    return this.perform("play", { track, radio: true, ...payload });
  }

  /** Waits until so many frames were sent, of silence or not. */
  async pass(frames: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const audio = this.players.find("1", "2")?.audio;
    if (!audio) throw new Error("there is no player");
    let count = 0;
    audio.listener = () => {
      if (++count === frames) resolve();
    };
    await promise;
    audio.listener = undefined;
  }

  /** The player; null where there is none. */
  get report(): PlayerReport | null {
    return this.players.get("1", "2");
  }

  /** Waits until something holds, which is looked at after each message. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Waits for words that were told, or will be. */
  told(...words: string[]): Promise<void> {
    return this.until(() => words.every((word) => this.words.includes(word)));
  }

  /**
   * Listens until so many frames have come, or as long as a promise takes. The silence that stands in for frames
   * that are not there is left out: before the first, and wherever the machine had no time to make one.
   */
  async hear(until: number | Promise<unknown>): Promise<Heard> {
    const decoder = new OpusDecoder(await loadOpus());
    const [left, right]: [Float32Array[], Float32Array[]] = [[], []];
    const audio = this.players.find("1", "2")?.audio;
    if (!audio) throw new Error("there is no player");
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
    return [joined(left), joined(right)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.players.close();
  }

  #take(message: PlayerMessage): void {
    const { content } = message;
    this.messages.push(message);
    this.words.push(content.type === "event" ? wordsOf(content.name, content.fields) : content.type);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

const wordsOf = (type: string, fields: Readonly<Record<string, unknown>>): string =>
  [type, fields["reason"], fields["cleanup"]].filter((word) => word !== undefined && word !== null).join(" ");

function joined(blocks: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(blocks.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const block of blocks) {
    all.set(block, offset);
    offset += block.length;
  }
  return all;
}
