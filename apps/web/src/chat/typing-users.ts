import { Signal } from "../lib/signal.ts";

/** Time until a typing indicator expires. Servers forward at most one event per user in three seconds. */
const expiryMs = 5000;
/** Upper bound per channel, against servers that flood typing events. */
const maxPerChannel = 50;

/** Users who are typing, by channel. */
export class TypingUsers {
  readonly signal = new Signal();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #channels = new Map<number, readonly number[]>();

  /** Returns the users who are typing in a channel, in the order in which they started. */
  forChannel(channel: number): readonly number[] {
    this.signal.track();
    return this.#channels.get(channel) ?? [];
  }

  /** Adds a user, or restarts the expiry of one who is already typing. */
  add(channel: number, user: number): void {
    const key = `${channel}/${user}`;
    const users = this.#channels.get(channel) ?? [];
    if (!users.includes(user)) {
      if (users.length >= maxPerChannel) return;
      this.#channels.set(channel, [...users, user]);
      this.signal.notify();
    }
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => this.remove(channel, user), expiryMs),
    );
  }

  /** Removes a user whose message has arrived or whose indicator has expired. */
  remove(channel: number, user: number): void {
    const key = `${channel}/${user}`;
    clearTimeout(this.#timers.get(key));
    if (!this.#timers.delete(key)) return;
    const remaining = (this.#channels.get(channel) ?? []).filter((other) => other !== user);
    if (remaining.length > 0) this.#channels.set(channel, remaining);
    else this.#channels.delete(channel);
    this.signal.notify();
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#channels.clear();
  }
}
