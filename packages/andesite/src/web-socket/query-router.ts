import type { Subscription } from "@asterite/observable";
import { PlayerUpdate, PongResponse, StatsUpdate } from "../events/receive-operation.ts";
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

/** An event that a query may wait for. */
export type ReplyEvent = InstanceType<(typeof replyEvents)[number]>;

/** A query that waits for its reply. */
interface WaitingQuery {
  /** Returns whether an event ends the wait. */
  readonly accepts: (event: ReplyEvent) => boolean;
  readonly resolve: (event: ReplyEvent) => void;
  readonly reject: (reason: unknown) => void;
}

/** Routers by the emitter of their client. */
const routers = new WeakMap<object, QueryRouter>();

/**
 * Passes events to the queries of their guild. All queries of a client share one subscription: with one each, every
 * reply would be offered to every query, and thousands of them at once would take minutes.
 */
export class QueryRouter {
  readonly #target: AbstractWebSocket["eventTarget"];
  readonly #waiting = new Map<string, Set<WaitingQuery>>();
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
   * Waits, until disposed, for the first event that a query accepts among those of its guild and those without a
   * guild. The reply rejects with a `SubscriptionClosed` when the client is closed.
   */
  wait(
    guildId: string,
    accepts: WaitingQuery["accepts"],
  ): Disposable & { readonly reply: Promise<ReplyEvent> } {
    const { promise: reply, resolve, reject } = Promise.withResolvers<ReplyEvent>();
    // When sending fails, the reply is not awaited.
    reply.catch(() => {});
    const query = { accepts, resolve, reject };
    const queries = this.#waiting.get(guildId) ?? new Set();
    this.#waiting.set(guildId, queries.add(query));
    if (!this.#subscription) this.#subscribe();
    return { reply, [Symbol.dispose]: () => this.#remove(guildId, query) };
  }

  #remove(guildId: string, query: WaitingQuery): void {
    const queries = this.#waiting.get(guildId);
    queries?.delete(query);
    if (queries?.size === 0) this.#waiting.delete(guildId);
    if (this.#waiting.size > 0) return;
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }

  #subscribe(): void {
    const subscription = this.#target.subscribe(replyEvents);
    this.#subscription = subscription;
    const predicate = (event: ReplyEvent): boolean => {
      this.#offer(event);
      return false;
    };
    subscription.next({ predicate }).catch((reason: unknown) => {
      // A later subscription has queries of its own.
      if (this.#subscription !== subscription) return;
      this.#subscription = undefined;
      for (const query of this.#all()) query.reject(reason);
    });
  }

  #offer(event: ReplyEvent): void {
    const { guildId = null } = event as { readonly guildId?: string | null };
    for (const query of guildId === null ? this.#all() : (this.#waiting.get(guildId) ?? [])) {
      if (query.accepts(event)) query.resolve(event);
    }
  }

  #all(): WaitingQuery[] {
    return [...this.#waiting.values()].flatMap((queries) => [...queries]);
  }
}
