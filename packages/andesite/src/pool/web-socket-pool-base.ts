import { type Snowflake, toSnowflake } from "@asterite/andesite-protocol";
import { isObject, requireFunction } from "../checks.ts";
import { ClientClosedError, InvalidTypeError, OutOfRangeError } from "../errors.ts";
import type { AbstractState } from "../state/abstract-state.ts";
import type { StateArgument } from "../state/state.ts";
import { AbstractWebSocket, ProblemEvent } from "../web-socket/abstract-web-socket.ts";
import { AbstractWebSocketClient } from "../web-socket/abstract-web-socket-client.ts";
import { WebSocketConnectEvent, WebSocketDisconnectEvent } from "../web-socket/events.ts";
import { playerTransferOf } from "../web-socket/player-transfer.ts";
import type { ClientPool } from "./client-pool.ts";
import { ConnectionWatch } from "./connection-watch.ts";
import { PoolEmptyError } from "./errors.ts";
import { PoolClientAddEvent, PoolClientRemoveEvent, PoolGuildMoveEvent } from "./events.ts";
import { GuildAssignments, type PoolAssignment, type PoolMember } from "./guild-assignments.ts";
import { Members } from "./members.ts";
import { Migration } from "./migration.ts";
import {
  chooseBest,
  defaultScoringFunction,
  type PoolScoringFunction,
  type RegionGuildComparator,
  type Score,
  type ScoringData,
} from "./scoring.ts";
import {
  readWebSocketPoolOptions,
  type WebSocketPoolOptions,
  type WebSocketPoolSettings,
} from "./web-socket-pool-options.ts";

/** How long to wait before guilds are moved that could not be chosen a place for, in ms. */
const retryAfterMs = 2_000;

/** Several WebSocket clients as one: each guild has its node, and another one when that fails. */
export class WebSocketPoolBase extends AbstractWebSocket implements ClientPool<AbstractWebSocketClient> {
  readonly #members = new Members<AbstractWebSocketClient, PoolMember>();
  readonly #assignments = new GuildAssignments();
  readonly #settings: WebSocketPoolSettings;
  readonly #migration: Migration;
  #scoringFunction: PoolScoringFunction = defaultScoringFunction;
  #regionComparator: RegionGuildComparator | null = null;
  #isClosing = false;

  /** @throws InvalidTypeError, OutOfRangeError naming the option, or for a client with a state of its own. */
  constructor(clients: Iterable<AbstractWebSocketClient>, options?: WebSocketPoolOptions | null) {
    super();
    this.#settings = readWebSocketPoolOptions(options);
    this.scoringFunction = options?.scoringFunction ?? defaultScoringFunction;
    this.regionComparator = options?.regionComparator ?? null;
    this.#migration = new Migration({
      assignments: this.#assignments,
      settings: this.#settings,
      state: () => this.state,
      findBest: (guildId, except) => this.#findBest(guildId, except),
      place: (slot, member) => this.#assign(slot, member),
      moved: (guildId, member) =>
        void this.eventTarget.emit(new PoolGuildMoveEvent(this, guildId, member?.client ?? null)),
      remove: (member) => {
        // It may have left already, and come back.
        if (this.#members.get(member.client) === member) this.removeClient(member.client);
      },
      nobody: () => this.#noMemberError(),
      problem: (error) => void this.eventTarget.emit(new ProblemEvent(this, error)),
    });
    super.state = options?.state;
    for (const client of new Set(clients)) this.addClient(client);
  }

  /** Number of members. */
  get size(): number {
    return this.#members.size;
  }

  override get closed(): boolean {
    return this.#members.closed;
  }

  /** What remembers the players of all members; null for nothing. */
  override get state(): AbstractState | null {
    return super.state;
  }

  /** Resolved once, then shared by all members. */
  override set state(state: StateArgument) {
    super.state = state;
    for (const client of this.#members.clients) client.state = super.state ?? false;
  }

  /** See {@link WebSocketPoolOptions.scoringFunction}. */
  get scoringFunction(): PoolScoringFunction {
    return this.#scoringFunction;
  }

  /** A function; what is assigned already stays where it is. */
  set scoringFunction(scoring: PoolScoringFunction) {
    this.#scoringFunction = requireFunction("scoringFunction", scoring);
  }

  /** See {@link WebSocketPoolOptions.regionComparator}. */
  get regionComparator(): RegionGuildComparator | null {
    return this.#regionComparator;
  }

  /** A function, or null for none. */
  set regionComparator(comparator: RegionGuildComparator | null) {
    this.#regionComparator = comparator === null ? null : requireFunction("regionComparator", comparator);
  }

  /** Whether a client is a member. */
  has(client: AbstractWebSocketClient): boolean {
    return this.#members.has(client);
  }

  /** The members in the order of their coming. */
  [Symbol.iterator](): Iterator<AbstractWebSocketClient> {
    return this.#members.clients.values();
  }

  /**
   * Makes a client a member; it shares the pool's state from now on.
   *
   * @throws InvalidTypeError for what is no client.
   * @throws OutOfRangeError for a member, or a client that has another state while the pool has one.
   */
  addClient(client: AbstractWebSocketClient): void {
    if (!(client instanceof AbstractWebSocketClient)) {
      throw new InvalidTypeError("client", "an AbstractWebSocketClient");
    }
    const { state } = this;
    if (state && client.state && client.state !== state) {
      throw new OutOfRangeError("client", "without a state of its own");
    }
    this.#members.requireNotMember(client);
    const member = this.#attachMember(client);
    this.#members.set(client, member);
    if (state) client.state = state;
    void this.eventTarget.emit(new PoolClientAddEvent(this, client));
    this.#drainUnreachable();
  }

  /**
   * Removes a member and leaves it as it is, without its guilds and the shared state; see {@link pullClient}.
   *
   * @throws OutOfRangeError for a client that is no member.
   */
  removeClient(client: AbstractWebSocketClient): void {
    const member = this.#members.requireMember(client);
    this.#members.delete(client);
    this.#assignments.unassignAll(member);
    member.detach();
    if (client.state === this.state) client.state = false;
    void this.eventTarget.emit(new PoolClientRemoveEvent(this, client));
  }

  /**
   * Removes a member and brings its guilds to others: the players are ended there, created elsewhere from the
   * state, and what was not carried out yet is sent again.
   *
   * Rejects with an `OutOfRangeError` for a client that is no member.
   */
  async pullClient(client: AbstractWebSocketClient): Promise<void> {
    await this.#migration.removeMember(this.#members.requireMember(client));
  }

  /** The client of a guild; null when it has none. */
  getClient(guildId: Snowflake): AbstractWebSocketClient | null {
    return this.#assignments.memberOf(toSnowflake(guildId, "guildId"))?.client ?? null;
  }

  /** The guilds of a member, as a copy; empty for others. */
  getGuildIds(client: AbstractWebSocketClient): Set<string> {
    return new Set(this.#members.get(client)?.guildIds);
  }

  /** Each member with its guilds, as a copy. */
  *iterClientGuildIds(): Generator<[AbstractWebSocketClient, Set<string>]> {
    for (const client of this.#members.clients) yield [client, this.getGuildIds(client)];
  }

  /** What the scoring function says. */
  async calculateScore(data: ScoringData): Promise<Score> {
    return await this.#scoringFunction(data);
  }

  /**
   * The member with the best score for a guild, any of several; null when none can be used. Rejects with what the
   * scoring function throws.
   */
  async findBestClient(guildId: Snowflake): Promise<AbstractWebSocketClient | null> {
    return (await this.#findBest(toSnowflake(guildId, "guildId"), null))?.client ?? null;
  }

  /**
   * The client of a guild, which gets one if it has none; null when none can be used. Rejects with what the scoring
   * function throws.
   */
  async assignClient(guildId: Snowflake): Promise<AbstractWebSocketClient | null> {
    const slot = this.#assignments.getOrCreate(toSnowflake(guildId, "guildId"));
    this.#ensureAssigned(slot);
    await slot.settled();
    const { member, failure } = slot;
    this.#assignments.removeUnused(slot);
    if (!member && failure) throw failure.error;
    return member?.client ?? null;
  }

  /**
   * Rejects like a single client, with a {@link PoolEmptyError} when no client can be used, and with what the scoring
   * function throws.
   */
  override async send(guildId: Snowflake, op: string, payload: Record<string, unknown>): Promise<void> {
    if (this.#isClosing) throw new ClientClosedError();
    const id = toSnowflake(guildId, "guildId");
    if (!isObject(payload)) throw new InvalidTypeError("payload", "an object");
    Object.assign(payload, { guildId: id, op });
    const slot = this.#assignments.getOrCreate(id);
    this.#ensureAssigned(slot);
    // What counts is what it is now; while the guild gets its client its owner may change it.
    const message = slot.isPending
      ? (JSON.parse(JSON.stringify(payload)) as Record<string, unknown>)
      : payload;
    await new Promise<void>((resolve, reject) => {
      slot.whenSettled(() => {
        const { member, failure } = slot;
        if (member) return void member.client.send(id, op, message).then(resolve, reject);
        this.#assignments.removeUnused(slot);
        reject(this.#isClosing || !failure ? this.#noMemberError() : failure.error);
      });
    });
  }

  override async close(): Promise<void> {
    this.#isClosing = true;
    for (const { watch } of this.#members.details) watch.stop();
    await this.#members.close();
  }

  override async reset(): Promise<void> {
    this.#isClosing = false;
    for (const { watch } of this.#members.details) watch.stop();
    await this.#members.reset();
  }

  #noMemberError(): Error {
    return this.#isClosing ? new ClientClosedError() : new PoolEmptyError(this);
  }

  /** Begins to listen to a client and to hand its events on. */
  #attachMember(client: AbstractWebSocketClient): PoolMember {
    // First what may throw. Somebody may have done it already, and then it is theirs to undo.
    const adds = !client.eventTarget.hasChild(this.eventTarget);
    if (adds) client.eventTarget.addChild(this.eventTarget);
    const listening = new AbortController();
    const { signal } = listening;
    const handover = playerTransferOf(client);
    const watch = new ConnectionWatch({ ...this.#settings, retryAfterMs }, () =>
      this.#handleUnreachable(member),
    );
    client.eventTarget.on(WebSocketConnectEvent, () => this.#handleReachable(member), { signal });
    client.eventTarget.on(
      WebSocketDisconnectEvent,
      ({ deliberate }) => deliberate || watch.connectionLost(),
      {
        signal,
      },
    );
    const unobserve = handover?.addListener({
      onGaveUp: () => {
        if (!this.#isClosing) void this.#migration.removeMember(member);
      },
      onAttemptFailed: () => watch.attemptFailed(),
    });
    const leave = () => {
      watch.stop();
      listening.abort();
      unobserve?.();
      if (adds && client.eventTarget.hasChild(this.eventTarget)) {
        client.eventTarget.removeChild(this.eventTarget);
      }
    };
    const member: PoolMember = { client, transfer: handover, guildIds: new Set(), watch, detach: leave };
    return member;
  }

  /** Sees to it that a guild has a client, or is about to get one. */
  #ensureAssigned(slot: PoolAssignment): void {
    if (slot.isPending) return;
    if (slot.member && !slot.member.client.closed) {
      if (!slot.member.client.connected) slot.member.watch.expectConnection();
      return;
    }
    const decision = slot.schedule(async () => {
      if (slot.member?.client.closed && !this.#isClosing) void this.#migration.removeMember(slot.member);
      if (!slot.member) this.#assign(slot, await this.#findBest(slot.guildId, null));
    });
    // The slot tells those who wait.
    decision.catch(() => {});
  }

  #assign(slot: PoolAssignment, member: PoolMember | null): void {
    this.#assignments.assign(slot, member);
    if (member && !member.client.connected) member.watch.expectConnection();
  }

  async #findBest(guildId: string, except: PoolMember | null): Promise<PoolMember | null> {
    while (!this.#isClosing) {
      for (const member of this.#members.details)
        if (member.client.closed) void this.#migration.removeMember(member);
      const members = this.#members.details.filter((member) => member !== except);
      const reachable = members.filter(({ watch }) => !watch.isUnreachable);
      const candidates = reachable.length > 0 ? reachable : members;
      if (candidates.length === 0) return null;
      // None is left when an asynchronous scoring function has taken its time.
      const isUsable = ({ client }: PoolMember) => this.has(client) && !client.closed;
      const best = await chooseBest(candidates, (member) => this.#scoreMember(member, guildId), isUsable);
      if (best) return best;
    }
    return null;
  }

  #scoreMember({ client, guildIds }: PoolMember, guildId: string): Promise<Score> {
    const { regionComparator } = this;
    const { nodeRegion } = client;
    return this.calculateScore({ pool: this, client, nodeRegion, regionComparator, guildIds, guildId });
  }

  #handleReachable(member: PoolMember): void {
    member.watch.stop();
    this.#drainUnreachable();
  }

  #handleUnreachable(member: PoolMember): void {
    if (this.#isClosing || member.client.connected) member.watch.stop();
    else void this.#migration.drainMember(member);
  }

  /** There is a place to go to now for those who had none. */
  #drainUnreachable(): void {
    for (const member of this.#members.details) {
      if (member.watch.isUnreachable && member.guildIds.size > 0) void this.#migration.drainMember(member);
    }
  }
}
