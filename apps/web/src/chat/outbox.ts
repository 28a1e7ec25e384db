import { AsterError, CommandError } from "@asterite/aster";
import * as v from "@asterite/util/schema";
import { Signal } from "../lib/signal.ts";
import { type KeyValueStorage, StoredValue } from "../lib/storage/stored-value.ts";

const stored = v.object({
  nonce: v.string,
  channel: v.number,
  content: v.string,
  replyTo: v.optional(v.number),
  at: v.number,
  /** Whether it is only sent on request, because another account wrote it. */
  isHeld: v.optional(v.boolean),
});

/** A sent message that the server has not confirmed. */
export interface PendingMessage extends v.OutputOf<typeof stored> {
  /**
   * `waiting`: sent automatically once connected. `failed`: the user retries or discards it. `seen`: a
   * received message looks like it, although the server has not confirmed it yet.
   */
  readonly state: "sending" | "waiting" | "failed" | "seen";
  /** Cause of the failure. */
  readonly error?: unknown;
}

/** Dependencies of an {@link Outbox}. */
export interface OutboxContext {
  readonly storage: KeyValueStorage;
  /** Storage key of the server. */
  readonly server: string;
  /** Sends a message; resolves when the server has stored it. */
  readonly send: (pending: PendingMessage) => Promise<void>;
  /** Returns whether the server deduplicates repeated sends by nonce. */
  readonly isIdempotent: () => boolean;
  /** Returns the Unix time in ms. */
  readonly now: () => number;
}

/** Servers remember nonces for a day; the margin allows for clock differences. */
const maxRetryAgeMs = 20 * 60 * 60 * 1000;

const isConnectionError = (error: unknown): boolean =>
  error instanceof AsterError && ["CONNECTION_LOST", "CLOSED", "TIMED_OUT"].includes(error.code);

/** Messages waiting for confirmation. They survive a lost connection and a reload. */
export class Outbox {
  readonly signal = new Signal();
  readonly #context: OutboxContext;
  readonly #stored: StoredValue<v.OutputOf<typeof stored>[]>;
  #pending: readonly PendingMessage[];

  constructor(context: OutboxContext) {
    this.#context = context;
    this.#stored = new StoredValue(context.storage, `outbox.${context.server}`, v.array(stored), []);
    this.#pending = this.#stored.get().map((entry) => {
      const isSendable = this.#isRecent(entry) && entry.isHeld !== true;
      return { ...entry, state: isSendable ? "waiting" : "failed" };
    });
  }

  /** Returns the visible pending messages of a channel, oldest first. */
  forChannel(channel: number): readonly PendingMessage[] {
    this.signal.track();
    return this.#pending.filter((pending) => pending.channel === channel && pending.state !== "seen");
  }

  /**
   * Hides the pending message that matches a message of this account received without a nonce, so that it is
   * not displayed twice. If sending fails after all, it is visible again.
   */
  markSeen(channel: number, content: string): void {
    const pending = this.forChannel(channel).find(
      (one) => one.state === "sending" && one.content === content,
    );
    if (pending) this.#updateMessage(pending.nonce, { state: "seen" });
  }

  /** Stores a message, then sends it. */
  add(channel: number, content: string, replyTo: number | undefined, nonce: string): void {
    const at = this.#context.now();
    const pending: PendingMessage = { nonce, channel, content, replyTo, at, state: "sending" };
    this.#setMessages([...this.#pending, pending]);
    void this.#send(pending);
  }

  /** Sends a failed message again. */
  retry(nonce: string): void {
    const pending = this.#pending.find((one) => one.nonce === nonce);
    if (pending) void this.#send(pending);
  }

  /** Removes a message that has arrived or was discarded. */
  remove(nonce: string): PendingMessage | undefined {
    const pending = this.#pending.find((one) => one.nonce === nonce);
    if (pending) this.#setMessages(this.#pending.filter((one) => one !== pending));
    return pending;
  }

  /** Stops automatic sending of all messages, because another account has signed in. */
  holdAll(): void {
    for (const { nonce } of this.#pending) this.#updateMessage(nonce, { state: "failed", isHeld: true });
  }

  /** Sends the waiting messages in order. */
  flush(): void {
    for (const pending of this.#pending) {
      if (pending.state !== "waiting") continue;
      if (this.#context.isIdempotent() && this.#isRecent(pending)) void this.#send(pending);
      else this.#updateMessage(pending.nonce, { state: "failed" });
    }
  }

  async #send({ nonce }: PendingMessage): Promise<void> {
    const pending = this.#updateMessage(nonce, { state: "sending", error: undefined, isHeld: false });
    if (!pending) return;
    try {
      await this.#context.send(pending);
      this.remove(nonce);
    } catch (error) {
      const isRejected = error instanceof CommandError;
      const canWait = !isRejected && isConnectionError(error) && this.#context.isIdempotent();
      this.#updateMessage(nonce, canWait ? { state: "waiting" } : { state: "failed", error });
    }
  }

  #isRecent({ at }: { readonly at: number }): boolean {
    return this.#context.now() - at < maxRetryAgeMs;
  }

  #updateMessage(nonce: string, change: Partial<PendingMessage>): PendingMessage | undefined {
    const before = this.#pending.find((one) => one.nonce === nonce);
    if (!before) return undefined;
    const after = { ...before, ...change };
    this.#setMessages(this.#pending.map((one) => (one === before ? after : one)));
    return after;
  }

  #setMessages(pending: readonly PendingMessage[]): void {
    this.#pending = pending;
    this.#stored.set(pending.map(({ state: _, error: __, ...rest }) => rest));
    this.signal.notify();
  }
}
