import { type Snowflake, toSnowflake } from "@asterite/andesite-protocol";
import { type Clock, longestDelayMs, systemClock } from "../clock.ts";
import { ClientClosedError, InvalidTypeError, OutOfRangeError } from "../errors.ts";
import type { AbstractState } from "../state/abstract-state.ts";
import type { StateArgument } from "../state/state.ts";
import { AbstractWebSocket } from "../web-socket/abstract-web-socket.ts";
import { AbstractWebSocketClient } from "../web-socket/abstract-web-socket-client.ts";
import { WebSocketConnectEvent, WebSocketDisconnectEvent } from "../web-socket/events.ts";
import { handoverOf } from "../web-socket/handover.ts";
import type { Outgoing } from "../web-socket/outbox.ts";
import { playerStateMessages } from "../web-socket/player-state-messages.ts";
import type { ClientPool } from "./client-pool.ts";
import { PoolEmptyError } from "./errors.ts";
import { PoolClientAddEvent, PoolClientRemoveEvent } from "./events.ts";
import { Gate } from "./gate.ts";
import { GuildSlot } from "./guild-slot.ts";
import { Members } from "./members.ts";
import {
  compareScores,
  defaultScoringFunction,
  type PoolScoringFunction,
  type RegionGuildComparator,
  type Score,
  type ScoringData,
} from "./scoring.ts";
import { defaultWebSocketPoolOptions, type WebSocketPoolOptions } from "./web-socket-pool-options.ts";

/** How long a first connection, or a second look for a better place, may take at least, in ms. */
const graceMs = 2_000;

type Slot = GuildSlot<AbstractWebSocketClient>;
interface Member {
  readonly guildIds: Set<string>;
  readonly listening: AbortController;
  /** Runs while it has no connection. */
  timer: unknown;
  /** Whether it has been without a connection for too long. */
  unreachable: boolean;
}

/** Several WebSocket clients as one: each guild has its node, and another one when that fails. */
export class WebSocketPoolBase extends AbstractWebSocket implements ClientPool<AbstractWebSocketClient> {
  readonly #members = new Members<AbstractWebSocketClient>();
  readonly #details = new Map<AbstractWebSocketClient, Member>();
  readonly #slots = new Map<string, Slot>();
  readonly #clock: Clock;
  readonly #migrateAfterMs: number;
  readonly #gate: Gate;
  #scoringFunction: PoolScoringFunction;
  #regionComparator: RegionGuildComparator | null;
  #closing = false;

  /** @throws InvalidTypeError, OutOfRangeError naming the option, or for a client with a state of its own. */
  constructor(clients: Iterable<AbstractWebSocketClient>, options?: WebSocketPoolOptions | null) {
    super();
    const defaults = defaultWebSocketPoolOptions;
    this.#migrateAfterMs = options?.migrateAfterMs ?? defaults.migrateAfterMs;
    const concurrency = options?.migrationConcurrency ?? defaults.migrationConcurrency;
    if (!(this.#migrateAfterMs >= 0)) throw new OutOfRangeError("migrateAfterMs", "0 or more");
    if (!(concurrency >= 1)) throw new OutOfRangeError("migrationConcurrency", "1 or more");
    this.#gate = new Gate(concurrency);
    this.#clock = options?.clock ?? systemClock;
    this.#scoringFunction = options?.scoringFunction ?? defaultScoringFunction;
    this.#regionComparator = options?.regionComparator ?? null;
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
    for (const client of this.#members.list) client.state = super.state ?? false;
  }

  /** See {@link WebSocketPoolOptions.scoringFunction}. */
  get scoringFunction(): PoolScoringFunction {
    return this.#scoringFunction;
  }

  /** A function; what is assigned already stays where it is. */
  set scoringFunction(scoring: PoolScoringFunction) {
    if (typeof scoring !== "function") throw new InvalidTypeError("scoringFunction", "a function");
    this.#scoringFunction = scoring;
  }

  /** See {@link WebSocketPoolOptions.regionComparator}. */
  get regionComparator(): RegionGuildComparator | null {
    return this.#regionComparator;
  }

  /** A function, or null for none. */
  set regionComparator(comparator: RegionGuildComparator | null) {
    if (comparator !== null && typeof comparator !== "function") {
      throw new InvalidTypeError("regionComparator", "a function or null");
    }
    this.#regionComparator = comparator;
  }

  /** Whether a client is a member. */
  has(client: AbstractWebSocketClient): boolean {
    return this.#members.has(client);
  }

  /** The members in the order of their coming. */
  [Symbol.iterator](): Iterator<AbstractWebSocketClient> {
    return this.#members.list.values();
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
    this.#members.add(client);
    if (state) client.state = state;
    const listening = new AbortController();
    const { signal } = listening;
    const member = { guildIds: new Set<string>(), listening, timer: null, unreachable: false };
    this.#details.set(client, member);
    client.eventTarget.addChild(this.eventTarget);
    client.eventTarget.on(WebSocketConnectEvent, () => this.#reached(client), { signal });
    client.eventTarget.on(WebSocketDisconnectEvent, ({ deliberate }) => deliberate || this.#watch(client), {
      signal,
    });
    handoverOf(client)?.onGaveUp(() => this.#gaveUp(client));
    void this.eventTarget.emit(new PoolClientAddEvent(this, client));
  }

  /**
   * Removes a member and leaves it as it is, without its guilds and the shared state; see {@link pullClient}.
   *
   * @throws OutOfRangeError for a client that is no member.
   */
  removeClient(client: AbstractWebSocketClient): void {
    this.#members.remove(client);
    const member = this.#details.get(client);
    this.#details.delete(client);
    for (const guildId of member?.guildIds ?? []) {
      const slot = this.#slots.get(guildId);
      if (slot?.client === client) slot.client = null;
      if (slot?.unused) this.#slots.delete(guildId);
    }
    this.#clock.clearTimeout(member?.timer);
    member?.listening.abort();
    client.eventTarget.removeChild(this.eventTarget);
    if (client.state === this.state) client.state = false;
    void this.eventTarget.emit(new PoolClientRemoveEvent(this, client));
  }

  /**
   * Removes a member and brings its guilds to others: the players are ended there, created elsewhere from the
   * state, and what was not carried out yet is sent again.
   *
   * Rejects with an `OutOfRangeError` for a client that is no member.
   */
  // biome-ignore lint/suspicious/useAwait: so that what is thrown becomes a rejection.
  async pullClient(client: AbstractWebSocketClient): Promise<void> {
    if (!this.has(client)) throw new OutOfRangeError("client", "a member of the pool");
    return this.#pull(client);
  }

  /** The client of a guild; null when it has none. */
  getClient(guildId: Snowflake): AbstractWebSocketClient | null {
    return this.#slots.get(toSnowflake(guildId, "guildId"))?.client ?? null;
  }

  /** The guilds of a member, as a copy; empty for others. */
  getGuildIds(client: AbstractWebSocketClient): Set<string> {
    return new Set(this.#details.get(client)?.guildIds);
  }

  /** Each member with its guilds, as a copy. */
  *iterClientGuildIds(): Generator<[AbstractWebSocketClient, Set<string>]> {
    for (const client of this.#members.list) yield [client, this.getGuildIds(client)];
  }

  /** What the scoring function says. */
  async calculateScore(data: ScoringData): Promise<Score> {
    return await this.#scoringFunction(data);
  }

  /** The member with the best score for a guild, any of several; null when none can be used. */
  async findBestClient(guildId: Snowflake): Promise<AbstractWebSocketClient | null> {
    return await this.#findBest(toSnowflake(guildId, "guildId"), null);
  }

  /** The client of a guild, which gets one if it has none; null when none can be used. */
  async assignClient(guildId: Snowflake): Promise<AbstractWebSocketClient | null> {
    const slot = this.#slotOf(toSnowflake(guildId, "guildId"));
    this.#ensure(slot);
    await slot.decided();
    return slot.client;
  }

  /** Rejects like a single client, and with a {@link PoolEmptyError} when no client can be used. */
  override async send(guildId: Snowflake, op: string, payload: Record<string, unknown>): Promise<void> {
    if (this.#closing) throw new ClientClosedError();
    const slot = this.#slotOf(toSnowflake(guildId, "guildId"));
    this.#ensure(slot);
    await new Promise<void>((resolve, reject) => {
      slot.whenDecided(() => {
        if (slot.client) slot.client.send(slot.guildId, op, payload).then(resolve, reject);
        else reject(this.#closing ? new ClientClosedError() : new PoolEmptyError(this));
      });
    });
  }

  override async close(): Promise<void> {
    this.#closing = true;
    for (const member of this.#details.values()) this.#clock.clearTimeout(member.timer);
    await this.#members.close();
  }

  override async reset(): Promise<void> {
    this.#closing = false;
    await this.#members.reset();
  }

  #slotOf(guildId: string): Slot {
    let slot = this.#slots.get(guildId);
    if (!slot) {
      slot = new GuildSlot(guildId);
      this.#slots.set(guildId, slot);
    }
    return slot;
  }

  /** Sees to it that a guild has a client, or is about to get one. */
  #ensure(slot: Slot): void {
    if (slot.busy || (slot.client && !slot.client.closed)) return;
    void slot.decide(async () => {
      if (slot.client?.closed && !this.#closing) void this.#pull(slot.client);
      if (slot.client) return;
      this.#place(slot, await this.#findBest(slot.guildId, null));
      if (!slot.client) this.#slots.delete(slot.guildId);
    });
  }

  #place(slot: Slot, client: AbstractWebSocketClient | null): void {
    if (slot.client) this.#details.get(slot.client)?.guildIds.delete(slot.guildId);
    slot.client = client;
    if (!client) return;
    this.#slots.set(slot.guildId, slot);
    this.#details.get(client)?.guildIds.add(slot.guildId);
    if (!client.connected) this.#watch(client, graceMs);
  }

  async #findBest(
    guildId: string,
    except: AbstractWebSocketClient | null,
  ): Promise<AbstractWebSocketClient | null> {
    if (this.#closing) return null;
    for (const client of this.#members.list) if (client.closed) void this.#pull(client);
    const usable = this.#members.list.filter((client) => client !== except);
    const reachable = usable.filter((client) => !this.#details.get(client)?.unreachable);
    const rated = await Promise.all(
      (reachable.length > 0 ? reachable : usable).map(async (client) => {
        const { regionComparator } = this;
        const { nodeRegion } = client;
        const guildIds = this.#details.get(client)?.guildIds ?? new Set<string>();
        const data = { pool: this, client, nodeRegion, regionComparator, guildIds, guildId };
        return { client, score: await this.calculateScore(data) };
      }),
    );
    // An asynchronous scoring function may have taken its time.
    const present = rated.filter(({ client }) => this.has(client) && !client.closed);
    const [first, ...others] = present;
    if (!first) return rated.length > 0 && this.size > 0 ? this.#findBest(guildId, except) : null;
    const best = others.reduce((top, next) => (compareScores(next.score, top.score) > 0 ? next : top), first);
    const equals = present.filter(({ score }) => compareScores(score, best.score) === 0);
    return equals[Math.floor(Math.random() * equals.length)]?.client ?? best.client;
  }

  #reached(client: AbstractWebSocketClient): void {
    const member = this.#details.get(client);
    if (!member) return;
    member.unreachable = false;
    this.#clock.clearTimeout(member.timer);
    member.timer = null;
  }

  /** Starts to count how long a member has no connection. */
  #watch(client: AbstractWebSocketClient, leastMs = 0): void {
    const member = this.#details.get(client);
    if (!member || member.timer !== null || this.#migrateAfterMs === Number.POSITIVE_INFINITY) return;
    member.timer = this.#clock.setTimeout(
      () => {
        member.timer = null;
        if (client.connected || this.#closing || this.#details.get(client) !== member) return;
        member.unreachable = true;
        void this.#evacuate(client, member);
      },
      Math.min(Math.max(this.#migrateAfterMs, leastMs), longestDelayMs),
    );
  }

  /** Brings the guilds of a member that cannot be reached to members that can be, if there are any. */
  async #evacuate(client: AbstractWebSocketClient, member: Member): Promise<void> {
    const moves = [...member.guildIds].map((guildId) => {
      const slot = this.#slotOf(guildId);
      return this.#decide(slot, async () => {
        if (slot.client !== client || !member.unreachable) return;
        const target = await this.#findBest(guildId, client);
        if (!target || this.#details.get(target)?.unreachable || !member.unreachable) return;
        await this.#move(slot, target, handoverOf(client)?.release(guildId) ?? []);
      });
    });
    await Promise.allSettled(moves);
    // Those that found no place yet, and those that came meanwhile.
    if (member.guildIds.size > 0 && member.unreachable) this.#watch(client, graceMs);
  }

  #gaveUp(client: AbstractWebSocketClient): void {
    if (this.has(client) && !this.#closing) void this.#pull(client);
  }

  async #pull(client: AbstractWebSocketClient): Promise<void> {
    if (!this.has(client)) return;
    const { state } = this;
    // Before anything else happens, so that what is queued is neither rejected nor transmitted here.
    const guilds = [...this.getGuildIds(client)].map((guildId) => {
      const slot = this.#slotOf(guildId);
      return { slot, messages: handoverOf(client)?.release(guildId) ?? [] };
    });
    const moves = guilds.map(({ slot, messages }) =>
      this.#decide(slot, async () => {
        await this.#move(slot, slot.client ?? (await this.#findBest(slot.guildId, null)), messages, state);
        if (!slot.client) this.#slots.delete(slot.guildId);
      }),
    );
    if (!handoverOf(client) && client.connected) {
      for (const { slot } of guilds) client.send(slot.guildId, "destroy", {}).catch(() => {});
    }
    this.removeClient(client);
    await Promise.allSettled(moves);
  }

  /** Makes a client the one of a guild and creates its player there; what was not carried out follows. */
  async #move(
    slot: Slot,
    target: AbstractWebSocketClient | null,
    messages: readonly Outgoing[],
    state = this.state,
  ): Promise<void> {
    const { guildId } = slot;
    this.#place(slot, target);
    if (!target) {
      for (const { reject } of messages) reject(new PoolEmptyError(this));
      return;
    }
    // Not awaited: the target may be connecting, and what follows stands behind this in its queue.
    for (const { op, payload } of await restoring(guildId, state)) {
      target.send(guildId, op, payload).catch(() => {});
    }
    const handover = handoverOf(target);
    if (handover) return handover.accept(messages);
    for (const { op, payload, resolve, reject } of messages) {
      target.send(guildId, op, { ...payload }).then(resolve, reject);
    }
  }

  /** Decides on a guild's client at once as far as its senders are concerned, in fact when it is its turn. */
  #decide(slot: Slot, decision: () => Promise<void>): Promise<void> {
    return slot.decide(() => this.#gate.run(decision));
  }
}

/** What brings a player back; nothing without a state, or when the state fails. */
async function restoring(guildId: string, state: AbstractState | null) {
  try {
    return state ? await playerStateMessages(await state.get(guildId)) : [];
  } catch {
    return [];
  }
}
