import type { Message, Server } from "@asterite/aster";
import { KeyedRateLimiter } from "@asterite/util";
import type { DjServices } from "./channel/channel-player.ts";
import type { ChannelPlayers } from "./channel/channel-players.ts";
import { checkAccess, isInGroup } from "./commands/access-control.ts";
import { CommandContext } from "./commands/command-context.ts";
import { type Command, findCommand, suggestCommand } from "./commands/index.ts";
import { toUserMessage } from "./commands/user-message.ts";
import { traceOf, UserError } from "./errors.ts";

/** Age, relative to the newest message, above which a command is ignored, in ms. */
const maxMessageAgeMs = 60_000;
/** Rate limit of the notice that a user is sending commands too fast. */
const noticeRate = { burst: 1, everyMs: 30_000 };
/** Reply to a command above the rate limit. */
const rateLimitNotice = "You're going too fast – try again in a moment.";

/** Reads chat messages and runs the commands in them. */
export class Bot {
  readonly #server: Server;
  readonly #players: ChannelPlayers;
  readonly #services: DjServices;
  readonly #signal: AbortSignal;
  readonly #commandLimiter: KeyedRateLimiter<number>;
  readonly #noticeLimiter = new KeyedRateLimiter<number>(noticeRate);
  /** Lower bound of how far the server's clock is ahead of the local one, in ms. */
  #serverAheadMs = Number.NEGATIVE_INFINITY;

  /** @param signal - Aborts running commands. */
  constructor(server: Server, players: ChannelPlayers, services: DjServices, signal: AbortSignal) {
    this.#server = server;
    this.#players = players;
    this.#services = services;
    this.#signal = signal;
    this.#commandLimiter = new KeyedRateLimiter(services.settings.personRate);
  }

  /** Handles a message. Returns before the command has run; never throws. */
  handleMessage(message: Message): void {
    const { settings, replies } = this.#services;
    const { author, channel, content } = message;
    // Before any other check, because every message refines the estimate of the server's clock.
    const isOutdated = this.#isOutdated(message);
    if (author.uuid === this.#server.selfUuid || !content.startsWith(settings.prefix) || isOutdated) return;
    if (isInGroup(author, channel, settings.ignoredGroup)) return;
    const [, word = "", argument = ""] =
      /^(\S+)\s*([\s\S]*)$/.exec(content.slice(settings.prefix.length)) ?? [];
    const name = word.toLowerCase();
    const command = findCommand(name);
    const suggestion = command ? undefined : suggestCommand(name);
    // A command of another bot, presumably.
    if (!command && !suggestion) return;
    if (!this.#commandLimiter.tryUse(author.uuid)) {
      if (this.#noticeLimiter.tryUse(author.uuid)) replies.reply(message, rateLimitNotice);
      return;
    }
    if (!command) {
      replies.reply(message, `Did you mean \`${settings.prefix}${suggestion?.name}\`?`);
      return;
    }
    const context = new CommandContext(message, argument.trim(), this.#players, this.#services, this.#signal);
    void this.#run(command, context);
  }

  async #run(command: Command, context: CommandContext): Promise<void> {
    const { settings, replies, logger } = this.#services;
    const { message } = context;
    const { author, channel } = message;
    const { name } = command;
    try {
      checkAccess(settings.control, author, channel, command.affects(context));
      const reply = await command.run(context);
      logger.debug({ channel: channel.uuid, author: author.uuid, command: name }, "command completed");
      replies.reply(message, reply);
    } catch (error) {
      if (this.#signal.aborted) return;
      const reply = toUserMessage(error, settings.prefix);
      if (reply === undefined) {
        logger.error(
          { channel: channel.uuid, command: name, error: traceOf(error) },
          "command failed: unexpected error",
        );
      } else if (!(error instanceof UserError)) {
        logger.info({ channel: channel.uuid, command: name, error: String(error) }, "command rejected");
      }
      replies.reply(message, reply ?? "Something went wrong. The error has been logged.");
    }
  }

  /**
   * Returns whether a message was sent while the bot was away: such commands are delivered too late to run
   * them.
   */
  #isOutdated({ date }: Message): boolean {
    const aheadMs = 1_000 * date - Date.now();
    this.#serverAheadMs = Math.max(this.#serverAheadMs, aheadMs);
    return aheadMs < this.#serverAheadMs - maxMessageAgeMs;
  }
}
