import { OutOfRangeError } from "../errors.ts";

/** Methods that HTTP and WebSocket members have in common. */
export interface Closable {
  readonly closed: boolean;
  close(): Promise<void>;
  reset(): Promise<void>;
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
