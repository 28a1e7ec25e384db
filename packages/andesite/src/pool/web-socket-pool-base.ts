import { type SnowflakeLike, toSnowflake } from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { requireFunction, requireIterable } from "../checks.ts";
import { type AuthenticationError, ClientClosedError, InvalidTypeError, OutOfRangeError } from "../errors.ts";
import type { AbstractState } from "../state/abstract-state.ts";
import { isDefaultState, type StateArgument } from "../state/state.ts";
import { AbstractWebSocket } from "../web-socket/abstract-web-socket.ts";
import { emitEvent } from "../web-socket/emit-event.ts";
import { RawMsgSendEvent, WebSocketConnectEvent, WebSocketDisconnectEvent } from "../web-socket/events.ts";
import { playerTransferOf } from "../web-socket/player-transfer.ts";
import { allowClientSubscriptions, endClientSubscriptions } from "../web-socket/subscriptions.ts";
import { connectionOf } from "../web-socket/underlying-client.ts";
import type { ClientPool } from "./client-pool.ts";
import { ConnectionWatch } from "./connection-watch.ts";
import { emitExclusion } from "./emit-exclusion.ts";
import { PoolEmptyError } from "./errors.ts";
import { PoolClientAddEvent, PoolClientExcludeEvent, PoolClientRemoveEvent } from "./events.ts";
import { GuildAssignments, type PoolAssignment, type PoolMember } from "./guild-assignments.ts";
import { MemberFailures } from "./member-failures.ts";
import { Members, requireOutside } from "./members.ts";
import { Migration, type MigrationHost } from "./migration.ts";
import { poolEntry } from "./pool-entry.ts";
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

/** Delay before moving guilds again for which no member was found, in ms. */
const retryAfterMs = 2_000;

/** Pool of WebSocket clients: assigns each guild to a member, and to another one when its node fails. */
export class WebSocketPoolBase extends AbstractWebSocket implements ClientPool<AbstractWebSocket> {
  readonly #members = new Members<AbstractWebSocket, PoolMember>();
  readonly #assignments = new GuildAssignments();
  readonly #settings: WebSocketPoolSettings;
  readonly #migration: Migration;
  readonly #failures = new MemberFailures();
  #scoringFunction: PoolScoringFunction = defaultScoringFunction;
  #regionComparator: RegionGuildComparator | null = null;
  #isClosing = false;

  /**
   * @throws InvalidTypeError, OutOfRangeError naming the option, or `client` for a client with its own state.
   */
  constructor(clients: Iterable<AbstractWebSocket>, options?: WebSocketPoolOptions | null) {
    super();
    this.#settings = readWebSocketPoolOptions(options);
    this.scoringFunction = options?.scoringFunction ?? defaultScoringFunction;
    this.regionComparator = options?.regionComparator ?? null;
    const host: MigrationHost = {
      pool: this,
      assignments: this.#assignments,
      findBestMember: (guildId, except) => this.#findBestMember(guildId, except),
      assign: (assignment, member) => this.#assign(assignment, member),
      remove: (member) => {
        // The client may have been removed since, and added again as a new member.
        if (this.#members.get(member.client) !== member) return;
        const failure = member.connection?.connectError;
        this.removeClient(member.client);
        if (failure && member.client.closed) this.#failures.record(member.client, failure);
      },
      noMemberError: () => this.#noMemberError(),
    };
    this.#migration = new Migration(host, this.#settings);
    super.state = options?.state;
    for (const client of new Set(requireIterable("clients", clients))) this.addClient(client);
  }

  /** Number of members. */
  get size(): number {
    return this.#members.size;
  }

  override get closed(): boolean {
    return this.#members.closed;
  }

  /** State that tracks the players of all members; null for none. */
  override get state(): AbstractState | null {
    return super.state;
  }

  /**
   * A state, a boolean or null, see {@link AbstractWebSocket.state}. All members share the resulting state.
   */
  override set state(state: StateArgument) {
    super.state = state;
    for (const client of this.#members.clients) client.state = super.state ?? false;
  }

  /** Function that rates members for a guild, see {@link WebSocketPoolOptions.scoringFunction}. */
  get scoringFunction(): PoolScoringFunction {
    return this.#scoringFunction;
  }

  /** A function. Guilds that are assigned already stay with their member. */
  set scoringFunction(scoring: PoolScoringFunction) {
    this.#scoringFunction = requireFunction("scoringFunction", scoring);
  }

  /** Function that rates regions for a guild, see {@link WebSocketPoolOptions.regionComparator}. */
  get regionComparator(): RegionGuildComparator | null {
    return this.#regionComparator;
  }

  /** A function, or null for none. */
  set regionComparator(comparator: RegionGuildComparator | null) {
    this.#regionComparator = comparator === null ? null : requireFunction("regionComparator", comparator);
  }

  /** Returns whether a client is a member. */
  has(client: AbstractWebSocket): boolean {
    return this.#members.has(client);
  }

  /** Iterates over the members in the order in which they were added. */
  [Symbol.iterator](): Iterator<AbstractWebSocket> {
    return this.#members.clients.values();
  }

  /**
   * Adds a client, which shares the pool's state from then on.
   *
   * @throws InvalidTypeError when the value is not a client.
   * @throws OutOfRangeError when the client is a member already, was given a state other than the pool's, or
   *   sends through the pool.
   */
  addClient(client: AbstractWebSocket): void {
    if (!(client instanceof AbstractWebSocket)) {
      throw new InvalidTypeError("client", "an AbstractWebSocket");
    }
    requireOutside(this, client);
    const { state } = this;
    const hasDefaultState = client.state !== null && isDefaultState(client.state);
    if (state && client.state && client.state !== state && !hasDefaultState) {
      throw new OutOfRangeError("client", "a client without its own state");
    }
    this.#members.requireNotMember(client);
    const member = this.#attachMember(client);
    this.#failures.forget(client);
    this.#members.set(client, member);
    this.#settings.debug?.(poolEntry("member-added", { client }));
    if (state || hasDefaultState) client.state = state ?? false;
    void this.eventTarget.emit(new PoolClientAddEvent(this, client));
    this.#drainUnreachable();
  }

  /**
   * Removes a member and detaches it from its guilds and the shared state. Its players are not moved, see
   * {@link pullClient}.
   *
   * @throws OutOfRangeError when the client is not a member.
   */
  removeClient(client: AbstractWebSocket): void {
    const member = this.#members.requireMember(client);
    this.#members.delete(client);
    this.#settings.debug?.(poolEntry("member-removed", { client, isClosed: client.closed }));
    this.#failures.forget(client);
    this.#assignments.unassignAll(member);
    member.detach();
    if (client.state === this.state) client.state = false;
    void this.eventTarget.emit(new PoolClientRemoveEvent(this, client));
  }

  /**
   * Removes a member and moves its guilds to other members: destroys the players on its node, creates them
   * from the state on other nodes, and sends unacknowledged operations again.
   *
   * Rejects with an `OutOfRangeError` when the client is not a member.
   */
  async pullClient(client: AbstractWebSocket): Promise<void> {
    await this.#migration.removeMember(this.#members.requireMember(client));
  }

  /** Returns the client of a guild; null when none is assigned. */
  getClient(guildId: SnowflakeLike): AbstractWebSocket | null {
    return this.#assignments.memberOf(toSnowflake(guildId, "guildId"))?.client ?? null;
  }

  /** Returns a copy of the set of a member's guilds; an empty set when the client is not a member. */
  getGuildIds(client: AbstractWebSocket): Set<string> {
    return new Set(this.#members.get(client)?.guildIds);
  }

  /** Iterates over the members, each with a copy of the set of its guilds. */
  *iterClientGuildIds(): Generator<[AbstractWebSocket, Set<string>]> {
    for (const client of this.#members.clients) yield [client, this.getGuildIds(client)];
  }

  /** Calls the scoring function. */
  async calculateScore(data: ScoringData): Promise<Score> {
    return await this.#scoringFunction(data);
  }

  /**
   * Returns the member with the best score for a guild, a random one among equals; null when no member is
   * usable. Rejects with errors of the scoring function.
   */
  async findBestClient(guildId: SnowflakeLike): Promise<AbstractWebSocket | null> {
    return (await this.#findBestMember(toSnowflake(guildId, "guildId"), null))?.client ?? null;
  }

  /**
   * Returns the client of a guild, and assigns the best one when it has none; null when no member is usable.
   * Rejects with errors of the scoring function.
   */
  async assignClient(guildId: SnowflakeLike): Promise<AbstractWebSocket | null> {
    const assignment = this.#assignments.getOrCreate(toSnowflake(guildId, "guildId"));
    this.#ensureAssigned(assignment);
    await assignment.settled();
    const { member, failure } = assignment;
    this.#assignments.removeUnused(assignment);
    if (!member && failure) throw failure.error;
    return member?.client ?? null;
  }

  /**
   * Sends a message through the client of the guild, which is assigned if necessary. Rejects like a single
   * client, with a {@link PoolEmptyError} when no member is usable, and with errors of the scoring function.
   */
  override async send(guildId: SnowflakeLike, op: string, payload: Record<string, unknown>): Promise<void> {
    const id = toSnowflake(guildId, "guildId");
    if (typeof op !== "string") throw new InvalidTypeError("op", "a string");
    if (!isRecord(payload)) throw new InvalidTypeError("payload", "an object");
    Object.assign(payload, { guildId: id, op });
    if (this.#isClosing) {
      emitEvent(this, new RawMsgSendEvent(this, id, op, payload));
      throw new ClientClosedError();
    }
    const assignment = this.#assignments.getOrCreate(id);
    this.#ensureAssigned(assignment);
    // Snapshot: the caller may change the payload while the guild is being assigned.
    const message = assignment.isPending
      ? (JSON.parse(JSON.stringify(payload)) as Record<string, unknown>)
      : payload;
    await new Promise<void>((resolve, reject) => {
      assignment.whenSettled(() => {
        const { member, failure } = assignment;
        if (member) return void member.client.send(id, op, message).then(resolve, reject);
        this.#assignments.removeUnused(assignment);
        emitEvent(this, new RawMsgSendEvent(this, id, op, message));
        reject(this.#isClosing || !failure ? this.#noMemberError() : failure.error);
      });
    });
  }

  override async close(): Promise<void> {
    this.#isClosing = true;
    for (const { watch } of this.#members.details) watch.stop();
    await this.#members.close();
    if (this.#isClosing) endClientSubscriptions(this.eventTarget);
  }

  override async reset(): Promise<void> {
    this.#isClosing = false;
    allowClientSubscriptions(this.eventTarget);
    for (const { watch } of this.#members.details) watch.stop();
    await this.#members.reset();
  }

  #noMemberError(): Error {
    return this.#isClosing ? new ClientClosedError() : new PoolEmptyError(this, this.#failures.list);
  }

  /** Subscribes to a client's events and forwards them. */
  #attachMember(client: AbstractWebSocket): PoolMember {
    // First, because it may throw. When the application has added the child already, it also removes it.
    const isForwarded = client.eventTarget.hasChild(this.eventTarget);
    if (!isForwarded) client.eventTarget.addChild(this.eventTarget);
    const subscriptions = new AbortController();
    const { signal } = subscriptions;
    const [transfer, connection] = [playerTransferOf(client), connectionOf(client)];
    const watch = new ConnectionWatch({ ...this.#settings, retryAfterMs }, () =>
      this.#handleUnreachable(member),
    );
    if (connection) {
      client.eventTarget.on(WebSocketConnectEvent, () => this.#handleReachable(member), { signal });
      const handleDisconnect = ({ deliberate }: WebSocketDisconnectEvent) =>
        deliberate || watch.connectionLost();
      client.eventTarget.on(WebSocketDisconnectEvent, handleDisconnect, { signal });
    }
    const removeListener = transfer?.addListener({
      onGaveUp: () => {
        if (!this.#isClosing) void this.#migration.removeMember(member);
      },
      onRefused: (error) => this.#handleRefused(member, error),
      onAttemptFailed: () => watch.attemptFailed(),
    });
    const detach = () => {
      watch.stop();
      subscriptions.abort();
      removeListener?.();
      if (!isForwarded && client.eventTarget.hasChild(this.eventTarget)) {
        client.eventTarget.removeChild(this.eventTarget);
      }
    };
    const member: PoolMember = { client, connection, transfer, guildIds: new Set(), watch, detach };
    return member;
  }

  /** Schedules the assignment of a guild that has no usable client. */
  #ensureAssigned(assignment: PoolAssignment): void {
    if (assignment.isPending) return;
    if (assignment.member && !assignment.member.client.closed) {
      expectConnection(assignment.member);
      return;
    }
    const task = assignment.schedule(async () => {
      if (assignment.member?.client.closed && !this.#isClosing)
        void this.#migration.removeMember(assignment.member);
      if (!assignment.member) this.#assign(assignment, await this.#findBestMember(assignment.guildId, null));
    });
    // Waiting senders get the error from `assignment.failure`.
    task.catch(() => {});
  }

  #assign(assignment: PoolAssignment, member: PoolMember | null): void {
    this.#assignments.assign(assignment, member);
    const { guildId } = assignment;
    this.#settings.debug?.(poolEntry("guild-assigned", { guildId, client: member?.client ?? null }));
    if (member) expectConnection(member);
  }

  async #findBestMember(guildId: string, except: PoolMember | null): Promise<PoolMember | null> {
    while (!this.#isClosing) {
      for (const member of this.#members.details)
        if (member.client.closed) void this.#migration.removeMember(member);
      const members = this.#members.details.filter((member) => member !== except && !member.watch.isRefused);
      const reachable = members.filter(({ watch }) => !watch.isUnreachable);
      const candidates = reachable.length > 0 ? reachable : members;
      if (candidates.length === 0) return null;
      // Checked again: members may have closed or left while an asynchronous scoring function ran.
      const isUsable = ({ client }: PoolMember) => this.has(client) && !client.closed;
      const best = await chooseBest(candidates, (member) => this.#scoreMember(member, guildId), isUsable);
      if (best) return best;
    }
    return null;
  }

  async #scoreMember({ client, guildIds }: PoolMember, guildId: string): Promise<Score> {
    const { regionComparator } = this;
    const { nodeRegion = null } = client as { readonly nodeRegion?: string | null };
    const data = { pool: this, client, nodeRegion, regionComparator, guildIds, guildId };
    const score = await this.calculateScore(data);
    this.#settings.debug?.(poolEntry("member-scored", { guildId, client, nodeRegion, score }));
    return score;
  }

  #handleReachable(member: PoolMember): void {
    member.watch.stop();
    this.#failures.forget(member.client);
    this.#drainUnreachable();
  }

  #handleUnreachable(member: PoolMember): void {
    if (this.#isClosing || member.connection?.connected) member.watch.stop();
    else {
      this.#settings.debug?.(poolEntry("member-unreachable", { client: member.client }));
      void this.#migration.drainMember(member);
    }
  }

  /** Stops using a member whose node refused the password, and moves its guilds. */
  #handleRefused(member: PoolMember, error: AuthenticationError): void {
    if (this.#isClosing) return;
    const { refusedRetryMs } = this.#settings;
    this.#failures.record(member.client, error);
    const { client } = member;
    this.#settings.debug?.(poolEntry("member-excluded", { client, error, retryInMs: refusedRetryMs }));
    member.watch.refuse(refusedRetryMs);
    emitExclusion(this.eventTarget, new PoolClientExcludeEvent(this, client, error, refusedRetryMs));
    void this.#migration.excludeMember(member);
  }

  /** Moves the guilds of unreachable members after a member became reachable. */
  #drainUnreachable(): void {
    for (const member of this.#members.details) {
      if (member.watch.isUnreachable && member.guildIds.size > 0) void this.#migration.drainMember(member);
    }
  }
}

/** Starts the time limit of a member without a connection. Pools connect their own members. */
function expectConnection({ connection, watch }: PoolMember): void {
  if (connection && !connection.connected) watch.expectConnection();
}
