import { type Channel, CommandError } from "@asterite/aster";
import { Signal } from "../lib/signal.ts";

/** Slow mode cooldowns of the signed-in account, as far as this page knows them. */
export class SlowMode {
  readonly signal = new Signal();
  /** Time of the account's last message by channel, in ms. */
  readonly #sentAt = new Map<number, number>();

  /** Returns the end of the cooldown as Unix time in ms; 0 without one. */
  blockedUntil(channel: number, slowSeconds: number): number {
    this.signal.track();
    const sentAt = this.#sentAt.get(channel);
    return sentAt === undefined || slowSeconds === 0 ? 0 : sentAt + slowSeconds * 1000;
  }

  reset(): void {
    this.#sentAt.clear();
    this.signal.notify();
  }

  /** Starts the cooldown after a message that the account sent from any client. */
  recordSent({ uuid }: Channel, at = Date.now()): void {
    this.#sentAt.set(uuid, at);
    this.signal.notify();
  }

  /**
   * Starts the cooldown for a message being sent, and corrects it by the server's `retryAfterMs` if it is
   * refused.
   */
  async trackSend<Sent>(channel: Channel, sending: Promise<Sent>): Promise<Sent> {
    this.recordSent(channel);
    try {
      return await sending;
    } catch (error) {
      const waitMs = error instanceof CommandError ? error.retryAfterMs : undefined;
      this.recordSent(channel, Date.now() + (waitMs ?? 0) - channel.slowSeconds * 1000);
      throw error;
    }
  }
}
