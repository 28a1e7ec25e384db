import type { Channel, Message } from "@asterite/aster";
import { KeyedRateLimiter, type Logger, type RateLimit } from "@asterite/util";

/** Maximum number of messages in transit; they accumulate while the connection is lost. */
const maxPending = 20;
/** Maximum length of a message, in characters; far below the limits of servers. */
const maxTextLength = 3_500;

/**
 * Sends messages to channels, at a limited rate per channel. Never waits; messages above the limit are
 * dropped.
 */
export class ReplySender {
  readonly #limiter: KeyedRateLimiter<number>;
  readonly #logger: Logger;
  #pending = 0;

  constructor(rate: RateLimit, logger: Logger) {
    this.#limiter = new KeyedRateLimiter(rate);
    this.#logger = logger;
  }

  /** Replies to a message. */
  reply(message: Message, text: string): void {
    this.#send(message.channel, text, message.uuid);
  }

  /** Sends a message that is not a reply. */
  announce(channel: Channel, text: string): void {
    this.#send(channel, text);
  }

  #send(channel: Channel, text: string, replyTo?: number): void {
    if (this.#pending >= maxPending) {
      this.#logger.debug({ channel: channel.uuid }, "reply dropped: too many pending");
      return;
    }
    if (!this.#limiter.tryUse(channel.uuid)) {
      this.#logger.debug({ channel: channel.uuid }, "reply dropped: rate limit");
      return;
    }
    this.#pending++;
    const content = text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength)}…`;
    channel
      .send(content, { replyTo })
      .catch((error: unknown) => {
        this.#logger.warn({ channel: channel.uuid, error: String(error) }, "could not send the reply");
      })
      .finally(() => {
        this.#pending--;
      });
  }
}
