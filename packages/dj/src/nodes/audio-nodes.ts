import {
  HTTPError,
  type LoadedTrack,
  PoolEmptyError,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
  WebSocketPoolBase,
} from "@asterite/andesite";
import type { Announcement } from "@asterite/andesite-protocol/announcement";
import type { QueueNode } from "@asterite/queue";
import type { Logger } from "@asterite/util";
import type { DjNode } from "../options.ts";
import type { NodeRegistryListener } from "./discovery/node-directory.ts";
import { baseUrlOf, createMember, type NodeMember, scoreWith } from "./node-members.ts";

/** A link under which a room can be heard. */
export interface StreamUrl {
  /** A whole address, or a path that the chat server's port passes on. */
  readonly url: string;
  /** ms since 1970. */
  readonly expiresMs: number;
}

/** What the nodes are made of. */
export interface AudioNodesOptions {
  readonly nodes: readonly DjNode[];
  /** Password of nodes that are found; null where none are looked for. */
  readonly password: string | null;
  /** Under which user the players are. */
  readonly userId: string;
  readonly logger: Logger;
}

/** How long to wait for one of several nodes to find something before the next one is asked, in ms. */
const patienceMs = 5_000;

const ignore = (): void => {};

/** The audio nodes as one: those that were configured, and those that come and go. */
export class AudioNodes implements NodeRegistryListener {
  readonly #options: AudioNodesOptions;
  readonly #configured: ReadonlyMap<string, DjNode>;
  /** By their base addresses. */
  readonly #members = new Map<string, NodeMember>();
  readonly #pool: WebSocketPoolBase;
  /** Members that are leaving. */
  readonly #leaving = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: AudioNodesOptions) {
    this.#options = options;
    this.#configured = new Map(options.nodes.map((node) => [baseUrlOf(node.url).href, node]));
    const scoringFunction = scoreWith((client) =>
      [...this.#members.values()].find((member) => member.client === client),
    );
    // The queues know what each player should do, and put it right themselves.
    this.#pool = new WebSocketPoolBase([], { state: false, scoringFunction });
    this.#pool.eventTarget.on(WebSocketConnectEvent, () => this.#empty());
    for (const [url, node] of this.#configured) this.#add(url, node, false);
  }

  /** What queues play on. */
  get player(): QueueNode {
    return this.#pool;
  }

  nodeFound(url: string, { players, cpu, listenUrl, id, region }: Announcement): void {
    if (this.#isClosed) return;
    const { password, logger } = this.#options;
    const configured = this.#configured.get(url);
    let member = this.#members.get(url);
    if (!member) {
      logger.info({ node: url, id, region }, "an audio node was found");
      member = this.#add(url, configured ?? { url, password, listenUrl: listenUrl ?? url }, !configured);
    }
    Object.assign(member, { players, cpu, isDraining: false });
  }

  nodeDraining(url: string): void {
    const member = this.#members.get(url);
    if (!member || member.isDraining) return;
    this.#options.logger.info({ node: url }, "an audio node is about to end");
    member.isDraining = true;
    this.#empty();
  }

  nodeGone(url: string): void {
    const member = this.#members.get(url);
    if (member?.isFound) {
      this.#options.logger.info({ node: url }, "an audio node is gone");
      this.#remove(url, member);
      return;
    }
    // One that was configured is waited for, as if it had never been heard of.
    if (member) member.isDraining = false;
    const configured = this.#configured.get(url);
    if (!member && configured && !this.#isClosed) this.#add(url, configured, false);
  }

  isNodeConnected(url: string): boolean {
    return this.#members.get(url)?.client.connected ?? false;
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
    const rank = ({ client, isDraining }: NodeMember): number =>
      Number(client.connected) - Number(isDraining);
    // Those first that are connected and stay.
    const members = [...this.#members.values()].sort((one, other) => rank(other) - rank(one));
    let failure: unknown = new PoolEmptyError(this.#pool);
    for (const [index, { http }] of members.entries()) {
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
  async listen(guildId: string, ttl: number, signal: AbortSignal): Promise<StreamUrl | null> {
    const member = this.#memberOf(guildId);
    if (!member) return null;
    const { userId } = this.#options;
    const { url, expires } = await member.http.listen(guildId, { userId, ttl, signal });
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

  #memberOf(guildId: string): NodeMember | undefined {
    const client = this.#pool.getClient(guildId);
    return [...this.#members.values()].find((member) => member.client === client);
  }

  /** Closes all connections; players stay. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([
      this.#pool.close(),
      ...[...this.#members.values()].map(({ http }) => http.close()),
      ...this.#leaving,
    ]);
  }

  #add(url: string, node: DjNode, isFound: boolean): NodeMember {
    const member = createMember(node, this.#options.userId, isFound);
    this.#members.set(url, member);
    this.#pool.addClient(member.client);
    // Who is connected is preferred, so that those that nobody has used yet have to be, too.
    member.client.connect().catch(ignore);
    return member;
  }

  /** Moves players away from nodes that are about to end, as soon as there is where to go. */
  #empty(): void {
    const members = [...this.#members];
    if (!members.some(([, { isDraining, client }]) => !isDraining && client.connected)) return;
    for (const [url, member] of members) if (member.isDraining) this.#remove(url, member);
  }

  #remove(url: string, member: NodeMember): void {
    this.#members.delete(url);
    const leave = async (): Promise<void> => {
      await this.#pool.pullClient(member.client);
      await Promise.all([member.client.close(), member.http.close()]);
    };
    const leaving = leave().catch(ignore);
    this.#leaving.add(leaving);
    void leaving.then(() => this.#leaving.delete(leaving));
  }
}
