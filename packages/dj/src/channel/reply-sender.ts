import type { Channel, Message } from "@asterite/aster";
import type { Logger } from "@asterite/util";
import { KeyedRateLimiter } from "@asterite/util";
import type { Rate } from "../options.ts";

/** Most answers that may be on their way at a time; with a lost connection they wait. */
const mostUnderWay = 20;
/** Longest answer, in characters; far below what servers take. */
const longestText = 3_500;

/** Talks in channels: never too fast, and without ever making anybody wait. */
export class ReplySender {
  readonly #pace: KeyedRateLimiter<number>;
  readonly #logger: Logger;
  #underWay = 0;

  constructor(rate: Rate, logger: Logger) {
    this.#pace = new KeyedRateLimiter(rate);
    this.#logger = logger;
  }

  /** Answers a message. */
  reply(message: Message, text: string): void {
    this.#say(message.channel, text, message.uuid);
  }

  /** Says something to everybody in a channel. */
  announce(channel: Channel, text: string): void {
    this.#say(channel, text);
  }

  #say(channel: Channel, text: string, replyTo?: number): void {
    if (this.#underWay >= mostUnderWay || !this.#pace.tryUse(channel.uuid)) {
      this.#logger.debug({ channel: channel.uuid }, "left something unsaid, it would be too much");
      return;
    }
    this.#underWay++;
    const content = text.length <= longestText ? text : `${text.slice(0, longestText)}…`;
    channel
      .send(content, { replyTo })
      .catch((error: unknown) => {
        this.#logger.warn({ channel: channel.uuid, error: String(error) }, "an answer could not be sent");
      })
      .finally(() => {
        this.#underWay--;
      });
  }
}
