import { type Channel, CommandError } from "@asterite/aster";
import { Topic } from "../lib/topic.ts";

/** When the account may write again in slow channels, as far as this page knows. */
export class SlowMode {
  readonly topic = new Topic();
  readonly #until = new Map<number, number>();

  /** Unix time in milliseconds; 0 where nothing is known. */
  until(channel: number): number {
    this.topic.follow();
    return this.#until.get(channel) ?? 0;
  }

  forget(): void {
    this.#until.clear();
    this.topic.changed();
  }

  /** The account wrote there, here or elsewhere. */
  wrote({ uuid, slowSeconds }: Channel): void {
    if (slowSeconds > 0) this.#wait(uuid, slowSeconds * 1000);
  }

  /** Learns from what becomes of a message, and passes it on. */
  async watch<Sent>(channel: Channel, sending: Promise<Sent>): Promise<Sent> {
    this.wrote(channel);
    try {
      const sent = await sending;
      this.wrote(channel);
      return sent;
    } catch (error) {
      const waitMs = error instanceof CommandError ? error.retryAfterMs : undefined;
      this.#wait(channel.uuid, waitMs ?? 0);
      throw error;
    }
  }

  #wait(channel: number, ms: number): void {
    this.#until.set(channel, Date.now() + ms);
    this.topic.changed();
  }
}
