import {
  type AbstractWebSocketClient,
  HTTP,
  HTTPError,
  type LoadedTrack,
  WebSocketBase,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
  WebSocketPoolBase,
} from "@asterite/andesite";
import type { QueueNode } from "@asterite/queue";
import type { DjNode } from "./options.ts";

/** A link under which a room can be heard. */
export interface HeardAt {
  /** A whole address, or a path that the chat server's port passes on. */
  readonly url: string;
  /** ms since 1970. */
  readonly expiresMs: number;
}

/** How long to wait for one of several nodes to find something before the next one is asked, in ms. */
const patienceMs = 5_000;
/** Longest wait between two attempts to connect, in ms. */
const longestBackoffMs = 15_000;

interface Member {
  readonly node: DjNode;
  readonly http: HTTP;
}

/** The audio nodes as one. */
export class Nodes {
  readonly #members = new Map<AbstractWebSocketClient, Member>();
  readonly #pool: WebSocketPoolBase;
  readonly #userId: string;

  /** @param userId - Under which user the players are. */
  constructor(nodes: readonly DjNode[], userId: string) {
    this.#userId = userId;
    for (const node of nodes) {
      const base = new URL(node.url);
      if (!base.pathname.endsWith("/")) base.pathname += "/";
      const socketUrl = new URL("websocket", base);
      socketUrl.protocol = base.protocol === "https:" ? "wss:" : "ws:";
      const webSocket = new WebSocketBase(socketUrl, userId, node.password, {
        backoff: { capMs: longestBackoffMs, jitter: 0.3 },
      });
      this.#members.set(webSocket, { node, http: new HTTP(base, node.password) });
    }
    // The queues know what each player should do, and put it right themselves.
    this.#pool = new WebSocketPoolBase(this.#members.keys(), { state: false });
  }

  /** What queues play on. */
  get player(): QueueNode {
    return this.#pool;
  }

  /** Calls back when the connection of a guild's node is lost, and when there is one again. */
  watch(
    guildId: string,
    { lost, back, signal }: { lost: () => void; back: () => void; signal: AbortSignal },
  ): void {
    const isIts = (client: object): boolean => this.#pool.getClient(guildId) === client;
    const { eventTarget } = this.#pool;
    eventTarget.on(WebSocketDisconnectEvent, ({ client }) => isIts(client) && lost(), { signal });
    eventTarget.on(WebSocketConnectEvent, ({ client }) => isIts(client) && back(), { signal });
  }

  /**
   * Finds what an identifier stands for, with what the tags say. A node that cannot be reached, or dawdles, is
   * passed over; what the last one rejects with is thrown.
   */
  async load(identifier: string, signal: AbortSignal): Promise<LoadedTrack> {
    // Those with a connection first.
    const members = [...this.#members].sort(
      ([one], [other]) => Number(other.connected) - Number(one.connected),
    );
    let failure: unknown;
    for (const [index, [, { http }]] of members.entries()) {
      const isLast = index === members.length - 1;
      const deadline = isLast ? signal : AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
      try {
        return await http.loadTracks(identifier, { extended: true, signal: deadline });
      } catch (error) {
        // It was reached and has said no, or nobody waits any more.
        if (error instanceof HTTPError || signal.aborted) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Asks the node of a guild for a link to listen; null while the guild has none. */
  async listen(guildId: string, ttl: number, signal: AbortSignal): Promise<HeardAt | null> {
    const member = this.#memberOf(guildId);
    if (!member) return null;
    const { url, expires } = await member.http.listen(guildId, { userId: this.#userId, ttl, signal });
    const path = url.startsWith("/") && !url.startsWith("//") ? url : new URL(url).pathname;
    return { url: this.placeOf(guildId, path), expiresMs: expires.getTime() };
  }

  /** Asks the node of a guild where it shows the picture of a track now; null where it does not. */
  async artwork(guildId: string, identifier: string, signal: AbortSignal): Promise<string | null> {
    const member = this.#memberOf(guildId);
    if (!member) throw new Error("the guild has no node yet");
    const loaded = await member.http.loadTracks(`raw:${identifier}`, { extended: true, signal });
    if (!loaded.success) throw new Error(loaded.cause?.message ?? "the node could not open the track");
    return loaded.tracks?.[0]?.info.artworkUrl ?? null;
  }

  /** What people in the chat can open of a path on the node of a guild. */
  placeOf(guildId: string, path: string): string {
    const { node } = this.#memberOf(guildId) ?? {};
    const base = node?.listenUrl ?? (this.#members.size > 1 ? node?.url : undefined);
    // A path is only put below another address, never resolved: nobody but the operator chooses the host.
    return base === undefined ? path : base.replace(/\/+$/, "") + path;
  }

  #memberOf(guildId: string): Member | undefined {
    const client = this.#pool.getClient(guildId);
    return client ? this.#members.get(client) : undefined;
  }

  /** Closes all connections; players stay. */
  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), ...[...this.#members.values()].map(({ http }) => http.close())]);
  }
}
