import type { Observable } from "@asterite/observable";

/** What every pool offers, whatever its members are. */
export interface ClientPool<Client extends object> extends Iterable<Client> {
  /** Number of members. */
  readonly size: number;
  /** Whether all members are closed; also when there are none. */
  readonly closed: boolean;
  /** Where a pool tells of new and former members. */
  readonly eventTarget: Observable;
  /** Whether a client is a member. */
  has(client: Client): boolean;
  /** Makes a client a member; throws an `OutOfRangeError` when it is one already. */
  addClient(client: Client): void;
  /** Removes a member and leaves it as it is; throws an `OutOfRangeError` when it is none. */
  removeClient(client: Client): void;
  /** Closes all members. */
  close(): Promise<void>;
  /** Resets all members. */
  reset(): Promise<void>;
}
