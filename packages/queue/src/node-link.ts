import {
  type AbstractWebSocket,
  type Player,
  PlayerDestroyedEvent,
  PlayerUpdate,
  PoolClientAddEvent,
  PoolEmptyError,
  PoolGuildMoveEvent,
  RawMsgReceiveEvent,
  RawMsgSendEvent,
  type SendOperation,
  TrackEndEvent,
  TrackExceptionEvent,
  TrackStartEvent,
  TrackStuckEvent,
  WebSocketDisconnectEvent,
} from "@asterite/andesite";
import type { Clock } from "@asterite/util";
import type { QueueLog } from "./debug.ts";
import { QueueError } from "./errors.ts";
import { MixerRecorder, type MixerSnapshot } from "./mixer-recorder.ts";
import { Timers } from "./timers.ts";

/** Settings of a {@link NodeLink}. */
export interface NodeLinkSettings {
  readonly clock: Clock;
  /** Longest time for a node to answer a query, in ms. */
  readonly queryTimeoutMs: number;
  /** Snapshot whose mixer a node without it gets. */
  readonly snapshot?: { readonly mixer?: MixerSnapshot | undefined } | undefined;
}

/** The part of a node that a queue needs; every client and pool of `@asterite/andesite` has it. */
export type QueueNode = Pick<AbstractWebSocket, "send" | "sendOperation" | "eventTarget">;

/** Query that the node has answered. */
export interface AnsweredQuery {
  /** {@link NodeLink.isStale} before the reply. */
  readonly wasStale: boolean;
  /** Whether it was sent only to find out whether the node accepts an operation. */
  readonly isEffect: boolean;
}

/** Receiver of the events of one player. */
export interface NodeLinkListener {
  handleTrackStart(event: TrackStartEvent): void;
  handleTrackEnd(event: TrackEndEvent): void;
  handleTrackException(event: TrackExceptionEvent): void;
  handleTrackStuck(event: TrackStuckEvent): void;
  handlePlayerUpdate(player: Player | null): void;
  /** The player was destroyed, by this client or another one. */
  handlePlayerDestroyed(): void;
  /** The reply to {@link NodeLink.queryPlayer} or {@link NodeLink.queryEffect}. */
  handleQueryReply(player: Player | null, query: AnsweredQuery): void;
  handleDisconnect(): void;
  /** The program has sent an operation to the mixer. */
  handleMixerChange(): void;
  /** An operation was not sent; undefined for a query. */
  handleSendError(error: unknown, operation: SendOperation | undefined): void;
}

/** Marks the pings of queues among others on the same connection. */
const pingKey = "asteriteQueue";

/**
 * Links by guild id. Each client has one set of listeners, so the cost of an event does not grow with the
 * guilds.
 */
type EventRouter = Map<string, NodeLink>;
const eventRouters = new WeakMap<QueueNode["eventTarget"], EventRouter>();

/** Connection to one player: sends operations and delivers the events of its guild. */
export class NodeLink {
  readonly #node: QueueNode;
  readonly #guildId: string;
  readonly #listener: NodeLinkListener;
  readonly #router: EventRouter;
  readonly #log: QueueLog;
  readonly #mixer: MixerRecorder;
  /** Whether the mixer of a snapshot has not been compared with that of the node. */
  #isMixerStored: boolean;
  #lastQueryId = 0;
  readonly #settings: NodeLinkSettings;
  readonly #timers: Timers<"query">;
  /** Pending query, sent or still waiting for a connection. */
  #query: { readonly id: number; readonly isEffect: boolean; isTransmitted: boolean } | null = null;
  #lastPlayer: Player | null = null;
  #isStale = false;
  /** Whether the guild was assigned to another node since the last reply. */
  #wasMoved = false;
  /** Whether sending failed because the pool was empty. */
  #isStranded = false;

  /**
   * @throws QueueError `QUEUE_EXISTS` for a guild that already has a queue on this client: two queues would fight for the player.
   */
  constructor(
    node: QueueNode,
    guildId: string,
    listener: NodeLinkListener,
    settings: NodeLinkSettings,
    log?: QueueLog,
  ) {
    const mixer = settings.snapshot?.mixer;
    this.#node = node;
    this.#log = log;
    this.#settings = settings;
    this.#timers = new Timers(settings.clock);
    this.#mixer = new MixerRecorder(mixer);
    this.#isMixerStored = mixer !== undefined;
    this.#guildId = guildId;
    this.#listener = listener;
    this.#router = eventRouters.get(node.eventTarget) ?? createEventRouter(node.eventTarget);
    if (this.#router.has(guildId)) {
      throw new QueueError(
        "QUEUE_EXISTS",
        `guild ${guildId} already has a queue on this client; close it first`,
      );
    }
    this.#router.set(guildId, this);
  }

  /**
   * Whether a connection was lost since the last query reply, so that operations may have been lost with it.
   */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** State of the mixer; undefined without tracks. */
  get mixer(): MixerSnapshot | undefined {
    return this.#mixer.toSnapshot();
  }

  /** Restores the mixer of a snapshot on a node that has lost it. */
  restoreMixer(): void {
    if (this.#isMixerStored) this.queryPlayer();
  }

  /** Handles the payload of a mixer operation, which the queue or the program sends. */
  handleMixerSent(payload: Readonly<Record<string, unknown>>): void {
    this.#mixer.recordSent(payload);
    this.#listener.handleMixerChange();
  }

  /** Sends an operation, now or when there is a connection. */
  send(operation: SendOperation): void {
    this.#log?.("operation-sent", { op: operation.op });
    this.#node
      .sendOperation(this.#guildId, operation)
      .catch((error: unknown) => this.#sendFailed(error, operation));
  }

  /**
   * Queries the player. A ping follows the query: nodes process messages in order, so the last player state
   * seen before the pong is the reply or newer, even if other updates arrive in between. A pending query is
   * not repeated unless it was lost with a connection.
   */
  queryPlayer(): void {
    if (!this.#query) this.#sendQuery(false);
  }

  /**
   * Queries the player after the operations sent so far; the reply to a pending query is discarded. A query
   * that cannot be sent is not reported, because the operation before it is.
   */
  queryEffect(): void {
    this.#sendQuery(true);
  }

  /** Unsubscribes from the events of the guild. */
  close(): void {
    if (this.#router.get(this.#guildId) === this) this.#router.delete(this.#guildId);
    this.#endQuery();
  }

  /** Dispatches an event of this guild. */
  handleEvent(event: object): void {
    if (event instanceof PlayerUpdate) {
      // The reply to "destroy" shows the player for the last time.
      this.#lastPlayer = event.state?.destroyed ? null : event.state;
      this.#mixer.recordReport(this.#lastPlayer);
      this.#listener.handlePlayerUpdate(this.#lastPlayer);
    } else if (event instanceof TrackStartEvent) this.#listener.handleTrackStart(event);
    else if (event instanceof TrackEndEvent) this.#listener.handleTrackEnd(event);
    else if (event instanceof TrackExceptionEvent) this.#listener.handleTrackException(event);
    else if (event instanceof TrackStuckEvent) this.#listener.handleTrackStuck(event);
    else if (event instanceof PlayerDestroyedEvent) {
      this.#lastPlayer = null;
      this.#mixer.clear();
      this.#listener.handlePlayerDestroyed();
    }
  }

  /** Completes the pending query if the pong belongs to it. */
  handlePong(id: unknown): void {
    const query = this.#query;
    if (!query || id !== query.id) return;
    const { isEffect } = query;
    this.#endQuery();
    const [player, wasStale, wasMoved] = [this.#lastPlayer, this.#isStale, this.#wasMoved];
    this.#isStale = false;
    this.#wasMoved = false;
    // After a move, a player without a track was created by a setting that was in transit.
    const isEmpty = wasMoved && player?.position === null;
    this.#log?.("query-answered", { query: id, hasTrack: typeof player?.position === "number", wasStale });
    this.#listener.handleQueryReply(isEmpty ? null : player, { wasStale, isEffect });
    const mayBeLost = wasStale || this.#isMixerStored;
    this.#isMixerStored = false;
    if (mayBeLost && this.#mixer.isMissingIn(player)) this.#sendMixer();
  }

  /** Handles a node that was added to the pool. */
  handleNodeAdded(): void {
    if (!this.#isStranded) return;
    this.#isStranded = false;
    this.handleMove();
  }

  /** Handles the assignment of the guild to another node, where its player is new. */
  handleMove(): void {
    this.#wasMoved = true;
    this.handleDisconnect();
  }

  /** Handles a lost connection, which may be the one of this guild. */
  handleDisconnect(): void {
    // An untransmitted query goes out over the next connection.
    if (this.#query?.isTransmitted) this.#endQuery();
    this.#isStale = true;
    this.#log?.("connection-lost", {});
    this.#listener.handleDisconnect();
  }

  /** Sends the recorded mixer, after the operations that restore the player. */
  #sendMixer(): void {
    const mixer = this.#mixer.toSnapshot();
    if (!mixer) return;
    this.#log?.("operation-sent", { op: "mixer" });
    this.#node
      .send(this.#guildId, "mixer", { ...mixer })
      .catch((error: unknown) => this.#sendFailed(error, undefined));
  }

  #sendQuery(isEffect: boolean): void {
    const query = { id: ++this.#lastQueryId, isEffect, isTransmitted: false };
    this.#endQuery();
    this.#query = query;
    this.#log?.("query-sent", { query: query.id });
    const transmit = async (): Promise<void> => {
      try {
        await this.#node.send(this.#guildId, "get-player", {});
        query.isTransmitted = true;
        if (this.#query === query) this.#startTimer(isEffect);
        await this.#node.send(this.#guildId, "ping", { [pingKey]: query.id });
      } catch (error) {
        if (this.#query === query) this.#endQuery();
        if (!isEffect) this.#sendFailed(error, undefined);
      }
    };
    void transmit();
  }

  #endQuery(): void {
    this.#timers.clear("query");
    this.#query = null;
  }

  /** Reports a query that the node does not answer, and repeats it: the playback depends on the answer. */
  #startTimer(isEffect: boolean): void {
    const { queryTimeoutMs } = this.#settings;
    this.#timers.set("query", queryTimeoutMs, () => {
      const text = `the node did not answer a query for the player within ${queryTimeoutMs} ms`;
      this.#sendFailed(new QueueError("QUERY_TIMED_OUT", text), undefined);
      if (this.#router.get(this.#guildId) === this) this.#sendQuery(isEffect);
    });
  }

  #sendFailed(error: unknown, operation: SendOperation | undefined): void {
    this.#isStranded ||= error instanceof PoolEmptyError;
    this.#log?.("operation-failed", { op: operation?.op ?? "get-player", error: String(error) });
    this.#listener.handleSendError(error, operation);
  }
}

function createEventRouter(target: QueueNode["eventTarget"]): EventRouter {
  const links: EventRouter = new Map();
  eventRouters.set(target, links);
  const events = [
    PlayerUpdate,
    TrackStartEvent,
    TrackEndEvent,
    TrackExceptionEvent,
    TrackStuckEvent,
    PlayerDestroyedEvent,
  ] as const;
  target.on(events, (event) => {
    const { guildId } = event;
    if (guildId !== null) links.get(guildId)?.handleEvent(event);
  });
  target.on(RawMsgReceiveEvent, ({ body }) => {
    if (body["op"] !== "pong" || body[pingKey] === undefined) return;
    links.get(String(body["guildId"]))?.handlePong(body[pingKey]);
  });
  target.on(RawMsgSendEvent, ({ guildId, op, body }) => {
    if (op === "mixer") links.get(guildId)?.handleMixerSent(body);
  });
  target.on(WebSocketDisconnectEvent, ({ deliberate }) => {
    if (!deliberate) for (const link of [...links.values()]) link.handleDisconnect();
  });
  target.on(PoolGuildMoveEvent, ({ guildId }) => links.get(guildId)?.handleMove());
  target.on(PoolClientAddEvent, () => {
    for (const link of [...links.values()]) link.handleNodeAdded();
  });
  return links;
}
