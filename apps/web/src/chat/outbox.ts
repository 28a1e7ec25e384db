import { AsterError, CommandError } from "@asterite/aster";
import * as v from "valibot";
import { Topic } from "../lib/signal.ts";
import { type KeyValueStorage, Stored } from "../lib/storage/stored-value.ts";

const stored = v.object({
  nonce: v.string(),
  channel: v.number(),
  content: v.string(),
  replyTo: v.optional(v.number()),
  at: v.number(),
  /** Whether only the person may send it: it was written by another account. */
  isHeld: v.optional(v.boolean()),
});

/** A message that the person has sent and the server has not confirmed. */
export interface Pending extends v.InferOutput<typeof stored> {
  /**
   * `waiting`: for the connection; it goes out by itself. `failed`: the person decides. `seen`: it seems to be there
   * already, although the server has not said so yet.
   */
  readonly state: "sending" | "waiting" | "failed" | "seen";
  /** Why it failed. */
  readonly error?: unknown;
}

/** What an {@link Outbox} works with. */
export interface OutboxContext {
  readonly storage: KeyValueStorage;
  /** Names the server in the storage. */
  readonly server: string;
  /** Sends one; resolves when the server has it. */
  readonly send: (pending: Pending) => Promise<void>;
  /** Whether sending the same once more cannot store it twice. */
  readonly isSafeToRepeat: () => boolean;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

/** Servers remember for a day that they have a message; a margin is left for clocks that differ. */
const repeatableMs = 20 * 60 * 60 * 1000;

const isLoss = (error: unknown): boolean =>
  error instanceof AsterError && ["CONNECTION_LOST", "CLOSED", "TIMED_OUT"].includes(error.code);

/** Messages on their way. They outlive the loss of the connection and of the page. */
export class Outbox {
  readonly topic = new Topic();
  readonly #context: OutboxContext;
  readonly #stored: Stored<v.InferOutput<typeof stored>[]>;
  #pending: readonly Pending[];

  constructor(context: OutboxContext) {
    this.#context = context;
    this.#stored = new Stored(context.storage, `outbox.${context.server}`, v.array(stored), []);
    this.#pending = this.#stored.get().map((entry) => {
      const mayGoOut = this.#isRecent(entry) && entry.isHeld !== true;
      return { ...entry, state: mayGoOut ? "waiting" : "failed" };
    });
  }

  /** What is to be shown of what waits in a channel, oldest first. */
  in(channel: number): readonly Pending[] {
    this.topic.follow();
    return this.#pending.filter((pending) => pending.channel === channel && pending.state !== "seen");
  }

  /**
   * A message of this account has come that no name ties to what is on its way: if it says the same, that is not shown
   * beside it. Should it be another's after all, a failure brings it back.
   */
  see(channel: number, content: string): void {
    const pending = this.in(channel).find((one) => one.state === "sending" && one.content === content);
    if (pending) this.#change(pending.nonce, { state: "seen" });
  }

  /** Sends a text. It is kept before anything else happens. */
  add(channel: number, content: string, replyTo: number | undefined, nonce: string): void {
    const at = this.#context.now();
    const pending: Pending = { nonce, channel, content, replyTo, at, state: "sending" };
    this.#replace([...this.#pending, pending]);
    void this.#send(pending);
  }

  /** Tries again what failed. */
  retry(nonce: string): void {
    const pending = this.#pending.find((one) => one.nonce === nonce);
    if (pending) void this.#send(pending);
  }

  /** Takes a message out: it has arrived, or is not to be sent any more. */
  settle(nonce: string): Pending | undefined {
    const pending = this.#pending.find((one) => one.nonce === nonce);
    if (pending) this.#replace(this.#pending.filter((one) => one !== pending));
    return pending;
  }

  /** Nothing goes out by itself any more: another account would say it. The person decides. */
  hold(): void {
    for (const { nonce } of this.#pending) this.#change(nonce, { state: "failed", isHeld: true });
  }

  /** The connection is there: what waits goes out, in its order. */
  flush(): void {
    for (const pending of this.#pending) {
      if (pending.state !== "waiting") continue;
      if (this.#context.isSafeToRepeat() && this.#isRecent(pending)) void this.#send(pending);
      else this.#change(pending.nonce, { state: "failed" });
    }
  }

  async #send({ nonce }: Pending): Promise<void> {
    const pending = this.#change(nonce, { state: "sending", error: undefined, isHeld: false });
    if (!pending) return;
    try {
      await this.#context.send(pending);
      this.settle(nonce);
    } catch (error) {
      const isRefused = error instanceof CommandError;
      const canWait = !isRefused && isLoss(error) && this.#context.isSafeToRepeat();
      this.#change(nonce, canWait ? { state: "waiting" } : { state: "failed", error });
    }
  }

  #isRecent({ at }: { readonly at: number }): boolean {
    return this.#context.now() - at < repeatableMs;
  }

  #change(nonce: string, change: Partial<Pending>): Pending | undefined {
    const before = this.#pending.find((one) => one.nonce === nonce);
    if (!before) return undefined;
    const after = { ...before, ...change };
    this.#replace(this.#pending.map((one) => (one === before ? after : one)));
    return after;
  }

  #replace(pending: readonly Pending[]): void {
    this.#pending = pending;
    this.#stored.set(pending.map(({ state: _, error: __, ...rest }) => rest));
    this.topic.changed();
  }
}
