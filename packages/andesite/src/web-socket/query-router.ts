import type { Subscription } from "@asterite/observable";
import {
  PlayerUpdate,
  PongResponse,
  type ReceiveOperation,
  StatsUpdate,
} from "../events/receive-operation.ts";
import { PoolClientRemoveEvent } from "../pool/events.ts";
import type { AbstractWebSocket } from "./abstract-web-socket.ts";
import { WebSocketDisconnectEvent } from "./events.ts";

const replyEvents = [
  PlayerUpdate,
  StatsUpdate,
  PongResponse,
  WebSocketDisconnectEvent,
  PoolClientRemoveEvent,
] as const;

type ReplyEvent = InstanceType<(typeof replyEvents)[number]>;
type Reply = InstanceType<typeof PlayerUpdate | typeof StatsUpdate>;

/** Event that ends the wait for a reply without one. */
export type LossEvent = WebSocketDisconnectEvent | PoolClientRemoveEvent;

/** A query: a message, and a ping with a number. */
export interface Query {
  /** Number in the field `asteriteQuery` of the ping. */
  readonly number: number;
  readonly guildId: string;
  /** Class of the reply; `PongResponse` for a ping alone. */
  readonly type: abstract new (
    ...args: never[]
  ) => ReceiveOperation;
  /** Returns whether an operation comes from a client other than those of the guild. */
  readonly isFromOther: (operation: ReceiveOperation) => boolean;
  /** Returns whether the query was lost with a connection. */
  readonly isLost: (event: LossEvent) => boolean;
}

interface WaitingQuery extends Query {
  readonly resolve: (event: ReceiveOperation | LossEvent) => void;
  readonly reject: (reason: unknown) => void;
  /** Number of operations before the query. Earlier ones are no reply. */
  readonly start: number;
}

/** Routers by the emitter of their client. */
const routers = new WeakMap<object, QueryRouter>();

/** Statistics concern no guild. */
const keyOf = (reply: Reply): string => (reply instanceof PlayerUpdate ? reply.guildId : "");

/**
 * Passes replies to queries. All queries of a client share one subscription, and each pong concerns the one query
 * that it numbers, which takes the newest reply before it: offered to every query, thousands of replies to thousands
 * of queries at once would take minutes.
 */
export class QueryRouter {
  readonly #target: AbstractWebSocket["eventTarget"];
  readonly #waiting = new Map<number, WaitingQuery>();
  /** Queries whose pong arrived before their reply. */
  readonly #answered = new Set<WaitingQuery>();
  /** Newest replies by guild and client, with the number of operations before them. */
  readonly #newest = new Map<string, Map<unknown, { readonly reply: Reply; readonly at: number }>>();
  #count = 0;
  #subscription: Subscription<ReplyEvent> | undefined;

  private constructor(target: AbstractWebSocket["eventTarget"]) {
    this.#target = target;
  }

  static of({ eventTarget }: AbstractWebSocket): QueryRouter {
    const router = routers.get(eventTarget) ?? new QueryRouter(eventTarget);
    routers.set(eventTarget, router);
    return router;
  }

  /**
   * Waits, until disposed, for the reply to a query or its loss: the newest operation of its class before the pong
   * with its number, or the next one after it. Rejects with a `SubscriptionClosed` when the client is closed.
   */
  wait(query: Query): Disposable & { readonly reply: Promise<ReceiveOperation | LossEvent> } {
    const { promise: reply, resolve, reject } = Promise.withResolvers<ReceiveOperation | LossEvent>();
    // When sending fails, the reply is not awaited.
    reply.catch(() => {});
    const waiting = { ...query, resolve, reject, start: this.#count };
    this.#waiting.set(query.number, waiting);
    if (!this.#subscription) this.#subscribe();
    return { reply, [Symbol.dispose]: () => this.#remove(waiting) };
  }

  #remove(query: WaitingQuery): void {
    this.#waiting.delete(query.number);
    this.#answered.delete(query);
    if (this.#waiting.size > 0) return;
    this.#newest.clear();
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }

  #subscribe(): void {
    const subscription = this.#target.subscribe(replyEvents);
    this.#subscription = subscription;
    const predicate = (event: ReplyEvent): boolean => {
      this.#handle(event);
      return false;
    };
    subscription.next({ predicate }).catch((reason: unknown) => {
      // A later subscription has queries of its own.
      if (this.#subscription !== subscription) return;
      this.#subscription = undefined;
      for (const query of [...this.#waiting.values()]) query.reject(reason);
    });
  }

  #handle(event: ReplyEvent): void {
    if (event instanceof WebSocketDisconnectEvent || event instanceof PoolClientRemoveEvent) {
      for (const query of this.#waiting.values()) if (query.isLost(event)) query.resolve(event);
    } else if (event instanceof PongResponse) {
      for (const query of this.#queriesOf(event)) if (!query.isFromOther(event)) this.#answer(query, event);
    } else this.#record(event);
  }

  /** Returns the query that a pong numbers. Some nodes echo no field of a ping. */
  #queriesOf({ asteriteQuery, guildId }: PongResponse): Iterable<WaitingQuery> {
    if ((asteriteQuery ?? guildId) === null) return this.#waiting.values();
    const query = typeof asteriteQuery === "number" ? this.#waiting.get(asteriteQuery) : undefined;
    return query && (guildId === null || guildId === query.guildId) ? [query] : [];
  }

  #answer(query: WaitingQuery, pong: PongResponse): void {
    if (query.type === PongResponse) {
      query.resolve(pong);
      return;
    }
    const key = query.type === PlayerUpdate ? query.guildId : "";
    const newest = this.#newest.get(key)?.get(pong.client);
    // A node may reply after the pong.
    if (newest && newest.at >= query.start) query.resolve(newest.reply);
    else this.#answered.add(query);
  }

  #record(reply: Reply): void {
    const key = keyOf(reply);
    const byClient = this.#newest.get(key) ?? new Map();
    this.#newest.set(key, byClient.set(reply.client, { reply, at: this.#count++ }));
    for (const query of this.#answered) {
      const isReply = reply instanceof query.type && (key === "" || key === query.guildId);
      if (isReply && !query.isFromOther(reply)) query.resolve(reply);
    }
  }
}
