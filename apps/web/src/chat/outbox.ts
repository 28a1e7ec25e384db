import { AsterError, CommandError } from "@asterite/aster";
import * as v from "@asterite/util/schema";
import { Signal } from "../lib/signal.ts";
import { StoredEntries } from "../lib/storage/stored-entries.ts";
import { type KeyValueStorage, StoredValue } from "../lib/storage/stored-value.ts";

const stored = v.object({
  channel: v.number,
  content: v.string,
  replyTo: v.optional(v.number),
  /** Unix time in ms at which it was written, in the order of writing. */
  at: v.number,
  /** Whether it is only sent on request: another account wrote it, or it may have arrived already. */
  isHeld: v.optional(v.boolean),
  /** Whether it may have reached the server. */
  wasSent: v.optional(v.boolean),
  /** Refusal by the server. */
  refusal: v.optional(v.object({ status: v.number, reason: v.optional(v.string) })),
});

/** Entry of the list of earlier versions. */
const oldStored = v.object({
  nonce: v.string,
  channel: v.number,
  content: v.string,
  replyTo: v.optional(v.number),
  at: v.number,
  isHeld: v.optional(v.boolean),
});

type Stored = Readonly<v.OutputOf<typeof stored>>;

/** A sent message that the server has not confirmed. */
export interface PendingMessage extends Stored {
  readonly nonce: string;
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
  /** Returns whether messages can be sent now. */
  readonly isReady: () => boolean;
  /** Returns whether the server deduplicates repeated sends by nonce. */
  readonly isIdempotent: () => boolean;
  /** Returns whether a channel exists, as far as known. */
  readonly hasChannel: (channel: number) => boolean;
  /** Runs a task while no other tab of the browser holds the same lock; undefined if there are no locks. */
  readonly lock: ((name: string, task: () => Promise<void>) => Promise<void>) | undefined;
  /** Returns the Unix time in ms. */
  readonly now: () => number;
}

/** Servers remember nonces for a day; the margin allows for clock differences. */
const maxRetryAgeMs = 20 * 60 * 60 * 1000;

const isConnectionError = (error: unknown): boolean =>
  error instanceof AsterError && ["CONNECTION_LOST", "CLOSED", "TIMED_OUT"].includes(error.code);

/**
 * Messages waiting for confirmation, shared by all tabs of the browser. They survive a lost connection, a
 * reload and a crash. The messages of a channel are sent one by one in the order of writing, by the tab that
 * holds the channel's lock; when it loses its connection or closes, the next tab continues.
 */
export class Outbox {
  readonly signal = new Signal();
  readonly #context: OutboxContext;
  readonly #stored: StoredEntries<Stored>;
  readonly #errors = new Map<string, unknown>();
  readonly #seen = new Set<string>();
  /** Channels whose messages are being sent, and whether to look for further ones afterwards. */
  readonly #draining = new Map<number, boolean>();
  #pending: readonly PendingMessage[] = [];

  constructor(context: OutboxContext) {
    this.#context = context;
    this.#stored = new StoredEntries(context.storage, `outbox ${context.server}`, stored);
    this.#takeOver(context);
    this.#stored.subscribe((nonce) => {
      this.#seen.delete(nonce);
      if (context.lock) this.flush();
      else this.#update();
    });
    this.#update();
  }

  /** Returns the visible pending messages of a channel, oldest first, and those of deleted channels. */
  forChannel(channel: number): readonly PendingMessage[] {
    this.signal.track();
    return this.#pending.filter(
      (one) =>
        one.state !== "seen" &&
        (one.channel === channel || (one.state === "failed" && !this.#context.hasChannel(one.channel))),
    );
  }

  /**
   * Hides the pending message that matches a message of this account received without a nonce, so that it is
   * not displayed twice. If sending fails after all, it is visible again. A message that was not sent yet cannot
   * have arrived, even if its text is that of the one before.
   */
  markSeen(channel: number, content: string): void {
    const pending = this.#pending.find(
      (one) =>
        one.channel === channel &&
        one.state === "sending" &&
        one.content === content &&
        this.#stored.get(one.nonce)?.wasSent === true,
    );
    if (!pending) return;
    this.#seen.add(pending.nonce);
    this.#update();
  }

  /** Stores a message, then sends it. */
  add(channel: number, content: string, replyTo: number | undefined, nonce: string): void {
    this.#stored.set(nonce, { channel, content, replyTo, at: this.#nextTime() });
    this.flush();
  }

  /** Keeps a text, whose channel or message was deleted, as a message that was not sent. */
  keep(id: string, channel: number, content: string, reason: "unknown:channel" | "unknown:message"): void {
    this.#stored.set(id, { channel, content, at: this.#nextTime(), refusal: { status: 404, reason } });
    this.#update();
  }

  /** Sends a failed message again. */
  retry(nonce: string): void {
    const before = this.#stored.get(nonce);
    if (!before) return;
    const { channel, content, replyTo } = before;
    this.#stored.set(nonce, { channel, content, replyTo, at: this.#nextTime() });
    this.#errors.delete(nonce);
    this.flush();
  }

  /** Removes a message that has arrived or was discarded. */
  remove(nonce: string): PendingMessage | undefined {
    const pending = this.#pending.find((one) => one.nonce === nonce);
    this.#stored.delete(nonce);
    this.#errors.delete(nonce);
    this.#seen.delete(nonce);
    if (pending) this.#update();
    return pending;
  }

  /** Stops automatic sending of all messages, because another account has signed in. */
  holdAll(): void {
    for (const { nonce } of this.#pending) this.#change(nonce, { isHeld: true });
    this.#update();
  }

  /** Sends the waiting messages of each channel in order. */
  flush(): void {
    this.#update();
    if (!this.#context.isReady()) return;
    const channels = this.#pending.filter(({ state }) => state !== "failed").map(({ channel }) => channel);
    for (const channel of new Set(channels)) {
      if (this.#draining.has(channel)) this.#draining.set(channel, true);
      else void this.#drain(channel);
    }
  }

  async #drain(channel: number): Promise<void> {
    const { lock, server } = this.#context;
    const task = () => this.#sendAll(channel);
    this.#draining.set(channel, false);
    await (lock ? lock(`${server} ${channel}`, task) : task());
    const isRequested = this.#draining.get(channel);
    this.#draining.delete(channel);
    if (isRequested) this.flush();
  }

  /** Sends the messages of a channel until none is left or the connection is lost. */
  async #sendAll(channel: number): Promise<void> {
    for (;;) {
      // Other tabs may have added, sent or discarded messages.
      this.#update();
      const next = this.#pending.find((one) => one.channel === channel && one.state !== "failed");
      if (!next || !this.#context.isReady()) return;
      if (next.wasSent === true && !this.#context.isIdempotent()) this.#change(next.nonce, { isHeld: true });
      else if (!(await this.#send(next))) return;
    }
  }

  /** Returns whether the connection can send further messages. */
  async #send(pending: PendingMessage): Promise<boolean> {
    const { nonce } = pending;
    this.#change(nonce, { wasSent: true });
    try {
      await this.#context.send(pending);
      this.remove(nonce);
      return true;
    } catch (error) {
      this.#seen.delete(nonce);
      const isLost = !(error instanceof CommandError) && isConnectionError(error);
      if (isLost && this.#context.isIdempotent()) return false;
      this.#errors.set(nonce, error);
      this.#change(nonce, error instanceof CommandError ? refusalOf(error) : { isHeld: true });
      return !isLost;
    } finally {
      this.#update();
    }
  }

  /** Converts the list of earlier versions, which stored all messages of a server in one entry. */
  #takeOver({ storage, server }: OutboxContext): void {
    const old = new StoredValue(storage, `outbox.${server}`, v.array(oldStored), []);
    for (const { nonce, ...entry } of old.get()) if (!this.#stored.get(nonce)) this.#stored.set(nonce, entry);
    storage.removeItem(`asterite.outbox.${server}`);
  }

  #nextTime(): number {
    return Math.max(this.#context.now(), (this.#pending.at(-1)?.at ?? 0) + 1);
  }

  #change(nonce: string, change: Partial<Stored>): void {
    const before = this.#stored.get(nonce);
    if (before) this.#stored.set(nonce, { ...before, ...change });
  }

  /** Reads the messages of all tabs. */
  #update(): void {
    this.#pending = this.#stored
      .list()
      .map(([nonce, entry]) => ({ ...entry, nonce, ...this.#stateOf(nonce, entry) }))
      .toSorted((one, other) => one.at - other.at);
    this.signal.notify();
  }

  #stateOf(nonce: string, { at, isHeld, refusal }: Stored): Pick<PendingMessage, "state" | "error"> {
    const isRecent = this.#context.now() - at < maxRetryAgeMs;
    if (isHeld === true || refusal || !isRecent) {
      const refused = refusal && new CommandError("send", refusal.status, { reason: refusal.reason });
      return { state: "failed", error: this.#errors.get(nonce) ?? refused };
    }
    if (this.#seen.has(nonce)) return { state: "seen" };
    return { state: this.#context.isReady() ? "sending" : "waiting" };
  }
}

/** Returns how to store a refusal. A reply to a deleted message can be sent again as a message of its own. */
const refusalOf = ({ status, reason }: CommandError): Partial<Stored> => ({
  refusal: { status, reason },
  ...(reason === "unknown:reply" && { replyTo: undefined }),
});
