import { AsterError, type Client, type Server, type User } from "@asterite/aster";
import { Bot, UserError } from "@asterite/commands";
import { type Logger, maxTimerMs } from "@asterite/util";
import { toUserMessage } from "./commands/user-message.ts";
import { traceOf } from "./errors.ts";
import type { DjSettings } from "./options.ts";

/** Commands of one user that run at a time. Their rate is limited, and searches are limited per channel. */
const concurrencyPerUser = 100;
/** Time that a command may take in addition to the longest load on a node, in ms: the user may choose for 60 s. */
const commandMarginMs = 120_000;

/** Creates the bot that reads the chat messages, without its commands. */
export function createBot(client: Client, settings: DjSettings, logger: Logger): Bot {
  const { prefix, ignoredGroup, personRate, answerRate, loadTimeoutMs, texts } = settings;
  const isIgnored = ({ groups }: User, server: Server): boolean =>
    server.groups.some(({ uuid, name }) => name === ignoredGroup && groups.includes(uuid));
  const bot = new Bot(client, {
    prefix,
    ignore: isIgnored,
    userRate: personRate,
    replyRate: answerRate,
    concurrencyPerUser,
    ...(texts && { texts }),
    commandTimeoutMs: Math.min(loadTimeoutMs + commandMarginMs, maxTimerMs),
    debug: ({ event, details }) => logger.debug(details, event),
  });
  bot.use(async ({ channel, invocation, signal }, next) => {
    try {
      await next();
    } catch (error) {
      // After an abort its reason counts, and not the errors that it has caused.
      signal.throwIfAborted();
      const message = toUserMessage(error, prefix);
      if (message === undefined && !(error instanceof UserError)) throw error;
      const fields = { channel: channel.uuid, command: invocation.commandName, error: String(error) };
      logger.info(fields, "command rejected");
      if (message === undefined) throw error;
      throw new UserError(message, { cause: error });
    }
  });
  bot.catch((error, { channel, invocation }) => {
    const fields = { channel: channel.uuid, command: invocation.commandName };
    // Commands send nothing but their replies to the chat server.
    if (error instanceof AsterError) {
      logger.warn({ ...fields, error: String(error) }, "could not send the reply");
    } else {
      logger.error({ ...fields, error: traceOf(error) }, "command failed: unexpected error");
    }
  });
  return bot;
}
