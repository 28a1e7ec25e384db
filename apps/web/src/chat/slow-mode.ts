import { type Channel, CommandError } from "@asterite/aster";
import { Topic } from "../lib/signal.ts";

/** When the account may write again in slow channels, as far as this page knows. */
export class SlowMode {
  readonly topic = new Topic();
  /** When the account last wrote there. */
  readonly #wroteAt = new Map<number, number>();

  /** Unix time in milliseconds; 0 where nothing is known. */
  until(channel: number, slowSeconds: number): number {
    this.topic.follow();
    const wroteAt = this.#wroteAt.get(channel);
    return wroteAt === undefined || slowSeconds === 0 ? 0 : wroteAt + slowSeconds * 1000;
  }

  forget(): void {
    this.#wroteAt.clear();
    this.topic.changed();
  }

  /** The account wrote there, here or elsewhere. */
  wrote({ uuid }: Channel, at = Date.now()): void {
    this.#wroteAt.set(uuid, at);
    this.topic.changed();
  }

  /** Learns from what becomes of a message, and passes it on. */
  async watch<Sent>(channel: Channel, sending: Promise<Sent>): Promise<Sent> {
    this.wrote(channel);
    try {
      return await sending;
    } catch (error) {
      const waitMs = error instanceof CommandError ? error.retryAfterMs : undefined;
      this.wrote(channel, Date.now() + (waitMs ?? 0) - channel.slowSeconds * 1000);
      throw error;
    }
  }
}
