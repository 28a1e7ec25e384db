import type { Channel, Message, Server, User } from "@asterite/aster";
import { CommandsError } from "../errors.ts";

/** Limits of open waits. */
export interface WaitLimits {
  /** Open waits of one account in one channel. */
  readonly maxWaitsPerUser: number;
  /** Open waits in total. */
  readonly maxWaits: number;
}

/** A wait for messages. */
export interface Wait {
  readonly server: Server;
  /** Channel of the messages; undefined for every channel. */
  readonly channel: Channel | undefined;
  /** Author of the messages; undefined for all authors. */
  readonly author: User | undefined;
  /** Account whose command waits, which counts for the limits. */
  readonly owner: User;
  /** Offers a message of that channel and author. Returns whether no other wait and no command may see it. */
  readonly offer: (message: Message) => boolean;
  /** Ends the wait: the bot was closed, or the connection to the server was closed for good. */
  readonly end: (error: CommandsError) => void;
}

/** Key of the waits for messages of every channel. No uuid is NaN. */
const everyChannel = Number.NaN;

/** Open waits for messages by server and channel. */
export class MessageWaits {
  readonly #limits: WaitLimits;
  readonly #byServer = new Map<Server, Map<number, Wait[]>>();
  #count = 0;
  #isClosed = false;

  constructor(limits: WaitLimits) {
    this.#limits = limits;
  }

  /** Number of open waits. */
  get size(): number {
    return this.#count;
  }

  /**
   * Opens a wait and returns a function that removes it.
   *
   * @throws CommandsError `WAIT_LIMIT` or `BOT_CLOSED`.
   */
  add(wait: Wait): () => void {
    if (this.#isClosed) throw new CommandsError("BOT_CLOSED", "the bot is closed");
    const channels = this.#byServer.get(wait.server) ?? new Map<number, Wait[]>();
    const key = wait.channel?.uuid ?? everyChannel;
    const waits = channels.get(key) ?? [];
    const { maxWaits, maxWaitsPerUser } = this.#limits;
    if (waits.filter(({ owner }) => owner.uuid === wait.owner.uuid).length >= maxWaitsPerUser) {
      const text = `the account already has ${maxWaitsPerUser} open waits in the channel (maxWaitsPerUser)`;
      throw new CommandsError("WAIT_LIMIT", text);
    }
    if (this.#count >= maxWaits) {
      throw new CommandsError("WAIT_LIMIT", `${maxWaits} waits are already open (maxWaits)`);
    }
    // The newest wait is first, so that the question asked last gets the answer.
    channels.set(key, [wait, ...waits]);
    this.#byServer.set(wait.server, channels);
    this.#count++;
    return () => this.#remove(wait, key);
  }

  /**
   * Offers a message to the waits. Returns whether one of them took it. An invocation is offered to waits of its author
   * only: other commands may repeat it in the channel.
   */
  offer(message: Message, isInvocation = false): boolean {
    if (this.#count === 0) return false;
    const channels = this.#byServer.get(message.server);
    if (!channels) return false;
    return (
      this.#offerTo(channels.get(message.channel.uuid), message, isInvocation) ||
      this.#offerTo(channels.get(everyChannel), message, isInvocation)
    );
  }

  /** Ends the waits of a server. */
  endServer(server: Server, error: CommandsError): void {
    for (const waits of [...(this.#byServer.get(server)?.values() ?? [])]) {
      for (const wait of waits) wait.end(error);
    }
  }

  /** Ends all waits; later ones are refused. */
  close(): void {
    this.#isClosed = true;
    const error = new CommandsError("BOT_CLOSED", "the bot was closed");
    for (const server of [...this.#byServer.keys()]) this.endServer(server, error);
  }

  #offerTo(waits: readonly Wait[] | undefined, message: Message, isInvocation: boolean): boolean {
    if (!waits) return false;
    const { uuid } = message.author;
    for (const wait of waits) {
      if (wait.author !== undefined && wait.author.uuid !== uuid) continue;
      if (isInvocation && wait.owner.uuid !== uuid) continue;
      if (wait.offer(message)) return true;
    }
    return false;
  }

  #remove(wait: Wait, key: number): void {
    const channels = this.#byServer.get(wait.server);
    const waits = channels?.get(key);
    // The list is replaced and not changed, because an offer may iterate over it.
    const others = waits?.filter((other) => other !== wait);
    if (!channels || !waits || !others || others.length === waits.length) return;
    this.#count--;
    if (others.length > 0) channels.set(key, others);
    else channels.delete(key);
    if (channels.size === 0) this.#byServer.delete(wait.server);
  }
}
