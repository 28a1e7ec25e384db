import type { Channel, Message } from "@asterite/aster";
import { CommandsError } from "../errors.ts";
import type { BotSettings } from "../options.ts";
import { checkSending, type SendTextOptions, sendText } from "../text/send-text.ts";
import type { PrivateAnswer } from "./private-answers.ts";
import { ServerRates } from "./server-rates.ts";

/** Sends the texts of the bot at a limited rate per channel, so that commands cannot make it flood a channel. */
export class ReplyRates {
  readonly #settings: BotSettings;
  readonly #rates: ServerRates;

  constructor(settings: BotSettings) {
    this.#settings = settings;
    this.#rates = new ServerRates(settings.replyRate);
  }

  /**
   * Sends a text; see {@link sendText}.
   *
   * @param answer - Sends it to the author of an invocation instead of the channel.
   *
   * @throws CommandsError `REPLY_DROPPED` above the rate; the errors of {@link sendText}.
   */
  async send(
    channel: Channel,
    text: string,
    options: SendTextOptions,
    answer?: PrivateAnswer,
  ): Promise<Message> {
    checkSending(channel, text, options);
    const { clock, debug, maxParts } = this.#settings;
    if (!this.#rates.on(channel.server).tryUse(channel.uuid, clock.now())) {
      debug?.({ source: "bot", event: "reply-dropped", details: { channel: channel.uuid } });
      throw new CommandsError("REPLY_DROPPED", `replies to channel ${channel.uuid} are above replyRate`);
    }
    return await sendText(channel, text, { maxParts, ...options }, answer);
  }
}
