import type { Observable } from "@asterite/observable";

/** Interface that HTTP and WebSocket pools have in common. */
export interface ClientPool<Client extends object> extends Iterable<Client>, AsyncDisposable {
  /** Number of members. */
  readonly size: number;
  /** Whether all members are closed; true for an empty pool. */
  readonly closed: boolean;
  /** Observable that emits `PoolClientAddEvent` and `PoolClientRemoveEvent`. */
  readonly eventTarget: Observable;
  /** Returns whether a client is a member. */
  has(client: Client): boolean;
  /** Adds a client; throws an `OutOfRangeError` when it is a member already. */
  addClient(client: Client): void;
  /** Removes a member without closing it; throws an `OutOfRangeError` when the client is not a member. */
  removeClient(client: Client): void;
  /** Closes all members. */
  close(): Promise<void>;
  /** Resets all members. */
  reset(): Promise<void>;
}
