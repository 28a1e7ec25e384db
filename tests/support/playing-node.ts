// A whole node that plays, with what it tells and sends of each track.

import { once } from "node:events";
import { type AndesiteNode, createNode } from "@asterite/andesite-node";
import { openMedia } from "@asterite/audio/media";
import { expect } from "vitest";
import { WebSocket } from "ws";
import { decodeAll, memoryBytes } from "../../packages/audio/src/media/media.test-support.ts";

/** Result of a load, without what tests do not read. */
export interface LoadAnswer {
  readonly loadType: string;
  readonly cause?: { readonly message: string };
  readonly playlistInfo?: { readonly omitted?: number };
  readonly tracks?: readonly LoadedTrack[];
}

/** A loaded track. */
export interface LoadedTrack {
  readonly track: string;
  readonly info: {
    readonly title: string;
    readonly author: string;
    readonly uri: string;
    readonly length: number;
    readonly isStream: boolean;
    readonly isSeekable: boolean;
  };
}

/** Event of a player. */
export interface PlayerEvent {
  readonly type: string;
  readonly guildId: string;
  readonly track: string;
  readonly reason?: string;
}

type Loading = NonNullable<NonNullable<Parameters<typeof createNode>[0]>["loading"]>;

/** A node with one client; each track of a test has its own guild. */
export class PlayingNode implements AsyncDisposable {
  readonly #node: AndesiteNode;
  readonly #socket: WebSocket;
  readonly #events: PlayerEvent[] = [];
  readonly #waiters = new Set<() => void>();
  #guilds = 0;

  private constructor(node: AndesiteNode, socket: WebSocket) {
    this.#node = node;
    this.#socket = socket;
    socket.on("message", (data) => {
      const message = JSON.parse(String(data));
      if (message.op !== "event") return;
      this.#events.push(message);
      for (const wake of this.#waiters) wake();
    });
  }

  static async start(loading: Loading): Promise<PlayingNode> {
    const node = await createNode({ http: { host: "127.0.0.1", port: 0 }, loading });
    const socket = new WebSocket(`ws://127.0.0.1:${node.port}/websocket`, { headers: { "User-Id": "1" } });
    await once(socket, "open");
    return new PlayingNode(node, socket);
  }

  /** Requests the node, with an object as body if one is given. */
  async request<T>(path: string, method = "GET", body?: object): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.#node.port}/${path}`, {
      method,
      headers: { "User-Id": "1" },
      ...(body && { body: JSON.stringify(body) }),
    });
    expect(response.status, path).toBeLessThan(300);
    return (await response.json()) as T;
  }

  /** @param query - More of the query. */
  load(identifier: string, query = ""): Promise<LoadAnswer> {
    return this.request(`loadtracks?identifier=${encodeURIComponent(identifier)}${query}`);
  }

  /** Loads an identifier that is one track. */
  async loadOne(identifier: string): Promise<LoadedTrack> {
    const answer = await this.load(identifier);
    const [track] = answer.tracks ?? [];
    if (!track) throw new Error(`${identifier}: ${answer.loadType} ${answer.cause?.message}`);
    return track;
  }

  /** Returns a guild without a player. */
  newGuild(): string {
    return String(++this.#guilds);
  }

  send(guildId: string, op: string, fields: object = {}): void {
    this.#socket.send(JSON.stringify({ op, guildId, ...fields }));
  }

  /** Events of a guild so far. */
  events(guildId: string): readonly PlayerEvent[] {
    return this.#events.filter((event) => event.guildId === guildId);
  }

  /** Waits until the events of a guild are as they should be. */
  async until(guildId: string, isReached: (events: readonly PlayerEvent[]) => boolean): Promise<void> {
    while (!isReached(this.events(guildId))) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiters.add(resolve);
      await promise;
      this.#waiters.delete(resolve);
    }
  }

  /** Waits until tracks of a guild have ended by themselves, without an exception. Returns what was heard of them in ms. */
  async playedMs(guildId: string, tracks = 1): Promise<number> {
    const ends = (events: readonly PlayerEvent[]) => events.filter(({ type }) => type === "TrackEndEvent");
    await this.until(guildId, (events) => ends(events).length === tracks);
    const events = this.events(guildId);
    expect(events.filter(({ type }) => type === "TrackExceptionEvent")).toEqual([]);
    expect(ends(events).map(({ reason }) => reason)).toEqual(Array(tracks).fill("FINISHED"));
    const { frame } = await this.request<{ readonly frame: { readonly success: number } }>(
      `player/${guildId}`,
    );
    return 20 * frame.success;
  }

  /** Plays a track to its end. Returns what was heard of it in ms. */
  async play({ track }: LoadedTrack, fields: object = {}): Promise<number> {
    const guildId = this.newGuild();
    this.send(guildId, "play", { track, radio: true, ...fields });
    return await this.playedMs(guildId);
  }

  /** Plays tracks one after the other, and returns the root mean square of each 100 ms that a listener hears. */
  async hear(tracks: readonly LoadedTrack[], filters: object = {}): Promise<readonly number[]> {
    const guildId = this.newGuild();
    await this.request(`player/${guildId}/filters`, "PATCH", filters);
    const { url } = await this.request<{ readonly url: string }>(`player/${guildId}/listen`, "POST", {});
    const abort = new AbortController();
    const response = await fetch(`http://127.0.0.1:${this.#node.port}${url}`, { signal: abort.signal });
    const pieces: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of response.body ?? []) pieces.push(piece);
    })();
    const read = expect(reading).rejects.toThrow("abort");
    for (const [index, { track }] of tracks.entries())
      this.send(guildId, "play", { track, radio: true, next: index > 0 });
    await this.playedMs(guildId, tracks.length);
    abort.abort();
    await read;
    const { channels, sampleRate } = await decodeAll(await openMedia(memoryBytes(Buffer.concat(pieces))));
    const [left = new Float32Array(0)] = channels;
    const window = sampleRate / 10;
    return Array.from({ length: Math.floor(left.length / window) }, (_, index) =>
      Math.sqrt(
        left.subarray(index * window, (index + 1) * window).reduce((sum, x) => sum + x * x, 0) / window,
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
    await this.#node.close({ graceMs: 0 });
  }
}
