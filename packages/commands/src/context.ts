import {
  type Channel,
  type Group,
  type Message,
  Permissions,
  resolveServerPermissions,
  type Server,
  type User,
} from "@asterite/aster";
import type { Clock } from "@asterite/util";
import { Argument } from "./arguments/argument.ts";
import { type CollectOptions, collectMessages } from "./conversation/collect-messages.ts";
import type { MessageWaits } from "./conversation/message-waits.ts";
import {
  type MessageFilter,
  type WaitOptions,
  type WaitOwner,
  waitForMessage,
} from "./conversation/wait-for-message.ts";
import {
  argumentError,
  CommandsError,
  checkAtLeast,
  checkKnownNames,
  checkModel,
  checkText,
  UserError,
} from "./errors.ts";
import { privateAnswerTo } from "./flow/private-answers.ts";
import type { ReplyRates } from "./flow/reply-rates.ts";
import type { MessageContext } from "./message-context.ts";
import { type ReplyOptions, replyOptionNames } from "./text/send-text.ts";
import type { BotTexts } from "./texts.ts";

/** Options of {@link Context.ask}. */
export interface AskOptions extends ReplyOptions {
  /** Longest wait for each answer, in ms, at least 1. Default: `waitTimeoutMs` of the bot, 60 000. */
  readonly timeoutMs?: number;
  /** Number of answers that may be wrong before the conversation ends, at least 1. Default 3. */
  readonly attempts?: number;
}

/** Parts of the bot that contexts use. */
export interface ContextServices {
  readonly waits: MessageWaits;
  readonly clock: Clock;
  readonly waitTimeoutMs: number;
  readonly replies: ReplyRates;
  readonly texts: BotTexts;
}

/** How a message called a command. */
export interface Invocation {
  /** Prefix of the message; empty for a message that {@link Bot.hears} matched. */
  readonly prefix: string;
  /** Name of the command with its groups, such as `queue add`; empty for {@link Bot.hears}. */
  readonly commandName: string;
  /** Text after the name, without blanks at its ends; the whole text for {@link Bot.hears}. */
  readonly text: string;
}

/** Context of one command: the message that called it, and ways to answer. */
export class Context implements MessageContext {
  readonly message: Message;
  readonly signal: AbortSignal;
  /** How the message called the command. */
  readonly invocation: Invocation;
  readonly #services: ContextServices;

  /** @internal */
  constructor(message: Message, invocation: Invocation, services: ContextServices, signal: AbortSignal) {
    this.message = message;
    this.invocation = invocation;
    this.signal = signal;
    this.#services = services;
  }

  get texts(): BotTexts {
    return this.#services.texts;
  }

  get server(): Server {
    return this.message.server;
  }

  get channel(): Channel {
    return this.message.channel;
  }

  get author(): User {
    return this.message.author;
  }

  permissionsIn(channel: Channel = this.channel): Permissions {
    checkModel("channel", channel, "a channel");
    return channel.permissionsFor(this.author);
  }

  serverPermissions(): Permissions {
    return resolveServerPermissions(this.server.basePermissions ?? Permissions.none, this.#groups);
  }

  isInGroup(name: string): boolean {
    checkText("name", name);
    return this.#groups.some((group) => group.name === name);
  }

  get #groups(): readonly Group[] {
    return this.server.groups.filter(({ uuid }) => this.author.groups.includes(uuid));
  }

  /** Whether the command was invoked without a message in the channel, so that only the author receives replies. */
  get isPrivate(): boolean {
    return privateAnswerTo(this.message) !== undefined;
  }

  /**
   * Replies to the message, or privately to an invocation. A text that is too long for one message is split at lines or blanks; the first
   * part is the reply. Mentions are inert unless `mentions` allows them.
   *
   * @returns The first message.
   * @throws CommandsError `TEXT_TOO_LONG` for more than `maxParts` parts, before any is sent;
   *   `REPLY_DROPPED` above `replyRate`, which ends the command silently if it does not catch it;
   *   `ARGUMENT_INVALID` for a blank text, and for arguments of another type; the errors of {@link Channel.send}.
   */
  reply(text: string, options: ReplyOptions = {}): Promise<Message> {
    return this.#sendParts(text, options, true);
  }

  /** Sends a message to the channel that is not a reply; otherwise like {@link Context.reply}. */
  send(text: string, options: ReplyOptions = {}): Promise<Message> {
    return this.#sendParts(text, options);
  }

  /**
   * Shows that the bot is typing while a task runs, and returns its result; see {@link Channel.withTyping}.
   *
   * @typeParam Result - Type of the task's result, inferred.
   */
  withTyping<Result>(task: () => Result | Promise<Result>): Promise<Result> {
    return this.isPrivate ? Promise.resolve(task()) : this.channel.withTyping(task);
  }

  /**
   * Waits for the next message that the filter accepts, by default from the same author in the same channel.
   * That message is taken: it runs no command.
   *
   * @throws CommandsError `WAIT_TIMED_OUT`, which answers the user if the command does not catch it,
   *   `WAIT_LIMIT` or `BOT_CLOSED`; the signal's reason; the error of the filter.
   */
  waitFor(filter: MessageFilter = () => true, options: WaitOptions = {}): Promise<Message> {
    return waitForMessage(this.#waitOwner(), filter, options);
  }

  /**
   * Asks the author a question and waits for the answer. A wrong answer is refused with a sentence and may be
   * given again; the answer `cancel` (`texts.cancelWord`) ends the conversation.
   *
   * @returns The answer as a value of the argument.
   * @throws CommandsError `WAIT_CANCELLED` and those of {@link Context.waitFor}; UserError after too many
   *   wrong answers. Each of them answers the user if the command does not catch it.
   */
  async ask<Value>(question: string, argument: Argument<Value>, options: AskOptions = {}): Promise<Value> {
    checkText("question", question);
    if (!(argument instanceof Argument))
      throw argumentError("argument", typeof argument, "an argument, such as arg.text()");
    checkKnownNames("option of ask", options, [...replyOptionNames, "attempts"]);
    const { attempts = 3, timeoutMs, ...replyOptions } = options;
    checkAtLeast("attempts", attempts, 1);
    const waitOptions = timeoutMs === undefined ? {} : { timeoutMs };
    let prompt = question;
    for (let attempt = 1; ; attempt++) {
      const { content } = await this.#promptAuthor(prompt, replyOptions, waitOptions);
      const { cancelWord, howToCancel } = this.texts;
      if (content.trim().toLowerCase() === cancelWord.toLowerCase()) {
        throw new CommandsError("WAIT_CANCELLED", "the user ended the conversation");
      }
      try {
        return await argument.readAnswer(content, this);
      } catch (error) {
        if (!(error instanceof UserError) || attempt >= attempts) throw error;
        prompt = `${error.message} ${howToCancel(cancelWord)}`;
      }
    }
  }

  /**
   * Collects messages, by default from the same author in the same channel, for `for await`. The loop ends
   * after `count` messages, after `timeoutMs`, or when the bot is closed.
   *
   * @throws CommandsError `WAIT_LIMIT`; in the loop `MESSAGES_MISSED` if it falls behind by more than 1 000
   *   messages, and the error of the filter.
   */
  collect(options: CollectOptions = {}): AsyncIterableIterator<Message, undefined> {
    return collectMessages(this.#waitOwner(), options);
  }

  /** Replies with a text and waits for the next message of the author. */
  async #promptAuthor(text: string, options: ReplyOptions, waitOptions: WaitOptions): Promise<Message> {
    const failed = new AbortController();
    // The wait is opened first: an answer may arrive in one packet with the confirmation of the question.
    const answer = this.waitFor(undefined, { ...waitOptions, signal: failed.signal });
    // Awaited below, unless the question cannot be sent.
    answer.catch(() => {});
    try {
      await this.reply(text, options);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
    return await answer;
  }

  #waitOwner(): WaitOwner {
    const { waits, clock, waitTimeoutMs } = this.#services;
    const { server, channel, author, signal } = this;
    return { waits, server, channel, author, signal, clock, defaultTimeoutMs: waitTimeoutMs };
  }

  async #sendParts(text: string, options: ReplyOptions, isReply = false): Promise<Message> {
    checkKnownNames("option of reply", options, replyOptionNames);
    const { message } = this;
    const answer = isReply ? privateAnswerTo(message) : undefined;
    const replyTo = isReply && !answer ? message.uuid : undefined;
    const all = { signal: this.signal, ...options, replyTo };
    return await this.#services.replies.send(this.channel, text, all, answer);
  }
}
