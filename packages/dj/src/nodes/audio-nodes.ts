import {
  HTTPError,
  type ListenLink,
  type LoadedTrack,
  PoolEmptyError,
  WebSocketConnectEvent,
  WebSocketConnectFailedEvent,
  WebSocketDisconnectEvent,
} from "@asterite/andesite";
import { TrackTitleEvent, WebSocketPoolBase } from "@asterite/andesite/advanced";
import type { Announcement } from "@asterite/andesite-protocol/announcement";
import type { QueueNode } from "@asterite/queue";
import type { Logger } from "@asterite/util";
import type { DjNode } from "../options.ts";
import type { NodeRegistryListener } from "./discovery/node-directory.ts";
import { baseUrlOf, createMember, type NodeMember, scoreWith } from "./node-members.ts";

/** Public URL of a player's audio. */
export interface StreamUrl {
  /** Absolute URL, or a path that the port of the chat server forwards. */
  readonly url: string;
  /** Expiry in ms since 1970. */
  readonly expiresMs: number;
}

/** Options of {@link AudioNodes}. */
export interface AudioNodesOptions {
  /** Configured nodes. */
  readonly nodes: readonly DjNode[];
  /** Password of discovered nodes; null without discovery. */
  readonly password: string | null;
  /** User id of the bot's players. */
  readonly userId: string;
  readonly logger: Logger;
}

/** Timeout of one of several nodes, in ms; then the next one is tried. */
const loadTimeoutMs = 5_000;

/** Returns the path of a link, which may be absolute. */
const pathOf = (url: string): string =>
  url.startsWith("/") && !url.startsWith("//") ? url : new URL(url).pathname;

const ignore = (): void => {};

/** Pool of all audio nodes, configured and discovered. */
export class AudioNodes implements NodeRegistryListener {
  readonly #options: AudioNodesOptions;
  readonly #configured: ReadonlyMap<string, DjNode>;
  /** Members by base URL. */
  readonly #members = new Map<string, NodeMember>();
  readonly #pool: WebSocketPoolBase;
  /** Base URLs of the members that the log reports as unreachable. */
  readonly #unreachable = new Set<string>();
  /** Pending removals of members. */
  readonly #removals = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: AudioNodesOptions) {
    this.#options = options;
    this.#configured = new Map(options.nodes.map((node) => [baseUrlOf(node.url).href, node]));
    const scoringFunction = scoreWith((client) =>
      [...this.#members.values()].find((member) => member.client === client),
    );
    // Without player state in the pool: the queues restore their players themselves.
    this.#pool = new WebSocketPoolBase([], { state: false, scoringFunction });
    this.#pool.eventTarget.on(WebSocketConnectEvent, ({ client }) => {
      this.#logReachable(client);
      this.#removeDraining();
    });
    this.#pool.eventTarget.on(WebSocketConnectFailedEvent, ({ client, error }) =>
      this.#logUnreachable(client, error),
    );
    for (const [url, node] of this.#configured) this.#add(url, node, false);
  }

  /** Node interface for queue players. */
  get queueNode(): QueueNode {
    return this.#pool;
  }

  /** Adds a discovered node, or updates its load. */
  nodeFound(url: string, { players, cpu, listenUrl, id, region }: Announcement): void {
    if (this.#isClosed) return;
    const { password, logger } = this.#options;
    const configured = this.#configured.get(url);
    let member = this.#members.get(url);
    if (!member) {
      logger.info({ node: url, id, region }, "audio node discovered");
      member = this.#add(url, configured ?? { url, password, listenUrl: listenUrl ?? url }, !configured);
    }
    Object.assign(member, { players, cpu, isDraining: false });
  }

  /** Moves the players of a node that is shutting down to other nodes. */
  nodeDraining(url: string): void {
    const member = this.#members.get(url);
    if (!member || member.isDraining) return;
    this.#options.logger.info({ node: url }, "audio node draining");
    member.isDraining = true;
    this.#removeDraining();
  }

  /** Removes a discovered node; a configured one stays and is reconnected. */
  nodeGone(url: string): void {
    const member = this.#members.get(url);
    if (member?.isDiscovered) {
      this.#options.logger.info({ node: url }, "audio node gone");
      this.#remove(url, member);
      return;
    }
    if (member) member.isDraining = false;
    const configured = this.#configured.get(url);
    if (!member && configured && !this.#isClosed) this.#add(url, configured, false);
  }

  isNodeConnected(url: string): boolean {
    return this.#members.get(url)?.client.connected ?? false;
  }

  /** Calls back whenever the node of a guild was disconnected, until the signal aborts. */
  onDisconnect(guildId: string, callback: () => void, signal: AbortSignal): void {
    this.#pool.eventTarget.on(
      WebSocketDisconnectEvent,
      ({ client }) => this.#pool.getClient(guildId) === client && callback(),
      { signal },
    );
  }

  /** Calls back whenever the node of a guild has connected, until the signal aborts. */
  onConnect(guildId: string, callback: () => void, signal: AbortSignal): void {
    this.#pool.eventTarget.on(
      WebSocketConnectEvent,
      ({ client }) => this.#pool.getClient(guildId) === client && callback(),
      { signal },
    );
  }

  /** Calls back with each title that a station announces in a guild, until the signal aborts. */
  onTitle(guildId: string, callback: (event: TrackTitleEvent) => void, signal: AbortSignal): void {
    this.#pool.eventTarget.on(TrackTitleEvent, (event) => event.guildId === guildId && callback(event), {
      signal,
    });
  }

  /** Calls back whenever any node has connected, until the signal aborts. */
  onAnyConnect(callback: () => void, signal: AbortSignal): void {
    this.#pool.eventTarget.on(WebSocketConnectEvent, callback, { signal });
  }

  /**
   * Loads the tracks of an identifier, with their tags. Nodes that are unreachable or too slow are skipped.
   *
   * @throws HTTPError of the first node that responds with one; otherwise the error of the last node.
   */
  async load(identifier: string, signal: AbortSignal): Promise<LoadedTrack> {
    const rank = ({ client, isDraining }: NodeMember): number =>
      Number(client.connected) - Number(isDraining);
    // Connected nodes that are not draining first.
    const members = [...this.#members.values()].sort((one, other) => rank(other) - rank(one));
    let failure: unknown = new PoolEmptyError(this.#pool);
    for (const [index, { http }] of members.entries()) {
      const isLast = index === members.length - 1;
      const deadline = isLast ? signal : AbortSignal.any([signal, AbortSignal.timeout(loadTimeoutMs)]);
      try {
        return await http.loadTracks(identifier, { extended: true, signal: deadline });
      } catch (error) {
        // The node was reached and rejected the request, or the caller gave up.
        if (error instanceof HTTPError || signal.aborted) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Requests a listen link from the node of a guild; undefined while the guild has no node. */
  async createStreamUrl(
    guildId: string,
    ttlSeconds: number,
    signal: AbortSignal,
  ): Promise<StreamUrl | undefined> {
    const member = this.#memberOf(guildId);
    if (!member) return undefined;
    const { userId } = this.#options;
    return this.#publish(member, await member.http.listen(guildId, { userId, ttlSeconds, signal }));
  }

  /**
   * Requests a link to the music library of the node of a guild, or of a connected node while the guild has none; undefined
   * while no node is connected.
   */
  async createLibraryUrl(
    guildId: string,
    ttlSeconds: number,
    signal: AbortSignal,
  ): Promise<StreamUrl | undefined> {
    const members = [...this.#members.values()];
    const member = this.#memberOf(guildId) ?? members.find(({ client }) => client.connected);
    if (!member) return undefined;
    const { userId } = this.#options;
    return this.#publish(
      member,
      await member.http.createLibraryLink(guildId, { userId, ttlSeconds, signal }),
    );
  }

  /** Looks up the current artwork address of a track on the node of a guild; null if the track has none. */
  async findArtwork(guildId: string, identifier: string, signal: AbortSignal): Promise<string | null> {
    const member = this.#memberOf(guildId);
    if (!member) throw new Error("the guild has no node yet");
    const loaded = await member.http.loadTracks(`raw:${identifier}`, { extended: true, signal });
    if (!loaded.success) throw new Error(loaded.cause?.message ?? "the node could not load the track");
    return loaded.tracks?.[0]?.info.artworkUrl ?? null;
  }

  /** Returns the public URL of a path on the node of a guild. */
  publicUrl(guildId: string, path: string): string {
    return this.#publicUrlOf(this.#memberOf(guildId), path);
  }

  /** Returns the public URL of a link of a node. */
  #publish(member: NodeMember, { url, expires }: ListenLink): StreamUrl {
    return { url: this.#publicUrlOf(member, pathOf(url)), expiresMs: expires.getTime() };
  }

  #publicUrlOf(member: NodeMember | undefined, path: string): string {
    const { node } = member ?? {};
    const base = node?.listenUrl ?? (this.#members.size > 1 ? node?.url : undefined);
    // The path is appended, not resolved, so that a node cannot choose another host.
    return base === undefined ? path : base.replace(/\/+$/, "") + path;
  }

  /** Closes all connections; the players on the nodes remain. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([
      this.#pool.close(),
      ...[...this.#members.values()].map(({ http }) => http.close()),
      ...this.#removals,
    ]);
  }

  /** Logs the first of several failed attempts. */
  #logUnreachable(client: object, error: Error): void {
    const url = this.#urlOf(client);
    if (url === undefined || this.#unreachable.has(url)) return;
    this.#unreachable.add(url);
    this.#options.logger.warn({ node: url, error: error.message }, "audio node unreachable");
  }

  #logReachable(client: object): void {
    const url = this.#urlOf(client);
    if (url === undefined || !this.#unreachable.delete(url)) return;
    this.#options.logger.info({ node: url }, "audio node reachable again");
  }

  #urlOf(client: object): string | undefined {
    return [...this.#members].find(([, member]) => member.client === client)?.[0];
  }

  #memberOf(guildId: string): NodeMember | undefined {
    const client = this.#pool.getClient(guildId);
    return [...this.#members.values()].find((member) => member.client === client);
  }

  #add(url: string, node: DjNode, isDiscovered: boolean): NodeMember {
    const member = createMember(node, this.#options.userId, isDiscovered);
    this.#members.set(url, member);
    this.#pool.addClient(member.client);
    // Connects unused nodes too, because the scoring prefers connected ones.
    member.client.connect().catch(ignore);
    return member;
  }

  /** Removes draining nodes, which moves their players, once another node is connected. */
  #removeDraining(): void {
    const members = [...this.#members];
    if (!members.some(([, { isDraining, client }]) => !isDraining && client.connected)) return;
    for (const [url, member] of members) if (member.isDraining) this.#remove(url, member);
  }

  #remove(url: string, member: NodeMember): void {
    this.#members.delete(url);
    this.#unreachable.delete(url);
    const remove = async (): Promise<void> => {
      await this.#pool.pullClient(member.client);
      await Promise.all([member.client.close(), member.http.close()]);
    };
    const removal = remove().catch(ignore);
    this.#removals.add(removal);
    void removal.then(() => this.#removals.delete(removal));
  }
}
