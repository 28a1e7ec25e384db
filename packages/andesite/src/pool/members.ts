import { OutOfRangeError } from "../errors.ts";

/** Methods that HTTP and WebSocket members have in common. */
export interface Closable {
  readonly closed: boolean;
  close(): Promise<void>;
  reset(): Promise<void>;
}

/**
 * Checks that a client is neither the pool itself nor sends through it, behind combined clients and pools: the
 * pool would send to itself.
 *
 * @throws OutOfRangeError
 */
export function requireOutside(pool: object, client: object): void {
  if (client === pool) throw new OutOfRangeError("client", "a client that does not contain the pool");
  const { http, webSocket } = client as { readonly http?: unknown; readonly webSocket?: unknown };
  const members = Symbol.iterator in client ? [...(client as Iterable<unknown>)] : [];
  for (const part of [http, webSocket, ...members]) {
    if (typeof part === "object" && part !== null) requireOutside(pool, part);
  }
}

/** Members of a pool in the order in which they were added, each with the pool's data about it. */
export class Members<Client extends Closable, Detail> {
  readonly #details = new Map<Client, Detail>();

  get clients(): Client[] {
    return [...this.#details.keys()];
  }

  get details(): Detail[] {
    return [...this.#details.values()];
  }

  get size(): number {
    return this.#details.size;
  }

  /** Whether all members are closed; true for an empty pool. */
  get closed(): boolean {
    return this.clients.every(({ closed }) => closed);
  }

  has(client: Client): boolean {
    return this.#details.has(client);
  }

  get(client: Client): Detail | undefined {
    return this.#details.get(client);
  }

  /** @throws OutOfRangeError when the client is a member already. */
  requireNotMember(client: Client): void {
    if (this.has(client)) throw new OutOfRangeError("client", "a client that is not a member of the pool");
  }

  /**
   * Returns the data of a member.
   *
   * @throws OutOfRangeError when the client is not a member.
   */
  requireMember(client: Client): Detail {
    const detail = this.#details.get(client);
    if (detail === undefined) throw new OutOfRangeError("client", "a member of the pool");
    return detail;
  }

  /** Adds a member, or replaces its data. */
  set(client: Client, detail: Detail): void {
    this.#details.set(client, detail);
  }

  delete(client: Client): void {
    this.#details.delete(client);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.clients.map(async (client) => await client.close()));
  }

  async reset(): Promise<void> {
    await Promise.allSettled(this.clients.map(async (client) => await client.reset()));
  }
}
