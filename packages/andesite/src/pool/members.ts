import { OutOfRangeError } from "../errors.ts";

/** What a pool needs of its members, of whichever kind. */
export interface Closable {
  readonly closed: boolean;
  close(): Promise<void>;
  reset(): Promise<void>;
}

/** The members of a pool in their order. */
export class Members<Client extends Closable> {
  readonly #clients = new Set<Client>();

  get list(): Client[] {
    return [...this.#clients];
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Whether nobody could be used; also when there is nobody. */
  get closed(): boolean {
    return this.list.every(({ closed }) => closed);
  }

  has(client: Client): boolean {
    return this.#clients.has(client);
  }

  /** @throws OutOfRangeError when it is a member already. */
  add(client: Client): void {
    if (this.#clients.has(client)) throw new OutOfRangeError("client", "no member of the pool yet");
    this.#clients.add(client);
  }

  /** @throws OutOfRangeError when it is no member. */
  remove(client: Client): void {
    if (!this.#clients.delete(client)) throw new OutOfRangeError("client", "a member of the pool");
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.list.map((client) => client.close()));
  }

  async reset(): Promise<void> {
    await Promise.allSettled(this.list.map((client) => client.reset()));
  }
}
