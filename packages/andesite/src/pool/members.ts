import { OutOfRangeError } from "../errors.ts";

/** What a pool needs of its members, of whichever kind. */
export interface Closable {
  readonly closed: boolean;
  close(): Promise<void>;
  reset(): Promise<void>;
}

/** The members of a pool in their order, each with what the pool knows about it. */
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

  /** Whether nobody could be used; also when there is nobody. */
  get closed(): boolean {
    return this.clients.every(({ closed }) => closed);
  }

  has(client: Client): boolean {
    return this.#details.has(client);
  }

  get(client: Client): Detail | undefined {
    return this.#details.get(client);
  }

  /** @throws OutOfRangeError when it is a member already. */
  requireNotMember(client: Client): void {
    if (this.has(client)) throw new OutOfRangeError("client", "no member of the pool yet");
  }

  /** @throws OutOfRangeError when it is no member. */
  requireMember(client: Client): Detail {
    const detail = this.#details.get(client);
    if (detail === undefined) throw new OutOfRangeError("client", "a member of the pool");
    return detail;
  }

  /** Adds a member, or changes what is known about it. */
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
