import { Topic } from "../lib/signal.ts";

/** How long somebody counts as typing after the last sign; servers pass on one in three seconds. */
const shownMs = 5000;
/** More are not shown, so that nobody can make up ever more of them. */
const mostPerChannel = 50;

/** Who is typing where. */
export class Typists {
  readonly topic = new Topic();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #channels = new Map<number, readonly number[]>();

  /** Accounts that are typing in a channel, in the order in which they began. */
  in(channel: number): readonly number[] {
    this.topic.follow();
    return this.#channels.get(channel) ?? [];
  }

  /** Somebody gave a sign of typing. */
  typed(channel: number, user: number): void {
    const key = `${channel}/${user}`;
    const users = this.#channels.get(channel) ?? [];
    if (!users.includes(user)) {
      if (users.length >= mostPerChannel) return;
      this.#channels.set(channel, [...users, user]);
      this.topic.changed();
    }
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => this.stopped(channel, user), shownMs),
    );
  }

  /** Somebody has sent what they were typing, or stopped. */
  stopped(channel: number, user: number): void {
    const key = `${channel}/${user}`;
    clearTimeout(this.#timers.get(key));
    if (!this.#timers.delete(key)) return;
    const left = (this.#channels.get(channel) ?? []).filter((one) => one !== user);
    if (left.length > 0) this.#channels.set(channel, left);
    else this.#channels.delete(channel);
    this.topic.changed();
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#channels.clear();
  }
}
