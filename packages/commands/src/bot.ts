import {
  AsterError,
  type Channel,
  type Client,
  type ConnectOptions,
  type Message,
  type Server,
  type SessionStatus,
} from "@asterite/aster";
import { type BotInvocation, onInvocation } from "@asterite/aster/invocations";
import { raceSignal, startTimer } from "@asterite/util";
import { CommandGroup } from "./commands/command-group.ts";
import { type HandlerResult, replyWith } from "./commands/handler-result.ts";
import {
  type CommandDescription,
  describeCommands,
  fullName,
  helpDefinition,
  isForThisBot,
  suggestName,
} from "./commands/help.ts";
import { runResolved } from "./commands/run-resolved.ts";
import { findMisspelled } from "./commands/suggest.ts";
import { Context, type ContextServices, type Invocation } from "./context.ts";
import { MessageWaits } from "./conversation/message-waits.ts";
import { argumentError, CommandsError, type CommandsErrorCode, checkFunction, UserError } from "./errors.ts";
import { type MessagePattern, matcherOf } from "./flow/message-pattern.ts";
import { runMiddleware } from "./flow/middleware.ts";
import { messageOf as messageOfInvocation, privateAnswerTo } from "./flow/private-answers.ts";
import { ReplyRates } from "./flow/reply-rates.ts";
import { type BotOptions, type BotSettings, settingsFrom } from "./options.ts";
import { ServerState } from "./server-state.ts";
import { neutralizeMentions, quote } from "./text/sanitize.ts";
import type { SendTextOptions } from "./text/send-text.ts";
import { contentLimit } from "./text/split.ts";
import { reactTo } from "./user-message.ts";

/** Handles an error of a command; see {@link Bot.catch}. */
export type ErrorBoundary<Ctx> = (error: unknown, context: Ctx) => unknown;

type Work = (context: Context) => Promise<void>;

interface Listener {
  readonly matches: (message: Message) => boolean;
  readonly run: (context: Context) => unknown;
}

/**
 * Bot: runs the commands in the messages of all servers of a client.
 *
 * @example
 *
 * ```ts
 * import { Client } from "@asterite/aster";
 * import { arg, Bot } from "@asterite/commands";
 *
 * const client = new Client({ username: "dice", password: "a long secret" });
 * client.addServer("localhost", 2345, { registerIfMissing: true });
 * const bot = new Bot(client);
 * bot.command("roll", {
 *   description: "rolls a die",
 *   args: { sides: arg.integer({ min: 2, max: 100 }).default(6) },
 *   run: (_context, { sides }) => String(1 + Math.floor(Math.random() * sides)),
 * });
 * await bot.run();
 * ```
 */
export class Bot<Ctx extends Context = Context> extends CommandGroup<Ctx> {
  /** Client whose messages the bot handles. */
  readonly client: Client;
  readonly #settings: BotSettings;
  readonly #services: ContextServices;
  readonly #waits: MessageWaits;
  readonly #replies: ReplyRates;
  readonly #states = new Map<Server, ServerState>();
  readonly #declared = new WeakSet<Server>();
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #members: ((context: Context) => object)[] = [];
  readonly #listeners: Listener[] = [];
  readonly #stopInvocations: () => void;
  #boundary: ErrorBoundary<Context> | undefined;
  #closed: Promise<void> | undefined;

  /**
   * Creates a bot, which handles messages from now on.
   *
   * @throws CommandsError `ARGUMENT_INVALID` for an invalid option, with its name in the message.
   */
  constructor(client: Client, options: BotOptions = {}) {
    super("");
    if (typeof client?.on !== "function" || !Array.isArray(client.servers)) {
      throw argumentError("client", client, "a Client of @asterite/aster");
    }
    this.client = client;
    this.#settings = settingsFrom(options);
    const { clock, waitTimeoutMs, texts } = this.#settings;
    this.#waits = new MessageWaits(this.#settings);
    this.#replies = new ReplyRates(this.#settings);
    this.#services = { waits: this.#waits, clock, waitTimeoutMs, replies: this.#replies, texts };
    if (this.#settings.help) this.command("help", helpDefinition(this.asGroup, texts.helpDescription));
    client.on("message", this.#handleMessage);
    client.on("status", this.#handleStatus);
    this.#stopInvocations = onInvocation(client, this.#handleInvocation);
    for (const server of client.servers) {
      if (server.status !== "ready") continue;
      // The next connection repeats the declaration, and the client reports an error of that.
      this.#declare(server).catch((error: unknown) =>
        this.#settings.debug?.({
          source: "bot",
          event: "declaration-failed",
          details: { error: nameOf(error) },
        }),
      );
    }
  }

  /** Returns all commands without the hidden ones, in the order in which they were added; clients can complete them. */
  describeCommands(): readonly CommandDescription[] {
    return describeCommands(this.asGroup);
  }

  /**
   * Adds a handler of messages that are no commands. The text of a string is compared without case; a regular
   * expression may match anywhere in the text. The first handler that matches runs, with the middleware of the
   * bot; a text that it returns is the reply.
   *
   * @throws CommandsError `ARGUMENT_INVALID` for a pattern or handler of another type.
   */
  hears(pattern: MessagePattern, handler: (context: Ctx) => HandlerResult): this {
    checkFunction("handler", handler);
    // The bot creates contexts with all members that its plugins add before handlers use them.
    this.#listeners.push({ matches: matcherOf(pattern), run: (context) => handler(context as Ctx) });
    return this;
  }

  /**
   * Adds members to the context of every command.
   *
   * @param members - Called once for each context, before middleware; its getters stay getters.
   * @returns This bot, with the type of the extended context: add the commands that use the members to it.
   */
  extend<Added extends object>(members: (context: Ctx) => Added): Bot<Ctx & Added> {
    checkFunction("members", members);
    this.#members.push((context) => members(context as Ctx));
    // The same bot: only the type of its contexts has more members.
    return this as unknown as Bot<Ctx & Added>;
  }

  /**
   * Installs a plugin: a function that adds commands, middleware or context members to the bot.
   *
   * @returns This bot, with the type of the extended context that the plugin returns.
   * @throws CommandsError `ARGUMENT_INVALID` for a plugin that is no function.
   */
  install<Extended extends Context>(plugin: (bot: Bot<Ctx>) => Bot<Extended>): Bot<Extended>;
  install(plugin: (bot: Bot<Ctx>) => void): this;
  install(plugin: (bot: Bot<Ctx>) => unknown): unknown {
    checkFunction("plugin", plugin);
    plugin(this);
    return this;
  }

  /**
   * Sets the error boundary, which receives the errors of commands that are no mistakes of users. Without one,
   * and for errors that it throws itself, the client emits `error`, or reports a warning with the stack if it
   * has no listener; the error `BOUNDARY_FAILED` has both errors then. The user receives a sentence in any case.
   */
  catch(boundary: ErrorBoundary<Ctx>): this {
    checkFunction("boundary", boundary);
    this.#boundary = boundary as ErrorBoundary<Context>;
    return this;
  }

  /**
   * Sends a text to a channel outside of a command, within `replyRate`. A text that is too long for one
   * message is split at lines or blanks; mentions are inert unless `mentions` allows them.
   *
   * @returns The first message.
   * @throws CommandsError `REPLY_DROPPED` above `replyRate`, `ARGUMENT_INVALID` for another value than a channel; the
   *   errors of {@link Context.reply}.
   */
  send(channel: Channel, text: string, options: SendTextOptions = {}): Promise<Message> {
    return this.#replies.send(channel, text, options);
  }

  /** Connects the client and waits until its connections are closed for good, then closes the bot. */
  async run(options: ConnectOptions = {}): Promise<void> {
    try {
      await this.client.run(options);
    } finally {
      await this.close();
    }
  }

  /**
   * Stops handling messages, ends all conversations, aborts the signals of running commands and waits for
   * those commands, up to `closeTimeoutMs`. The client stays connected.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Calls {@link Bot.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.client.off("message", this.#handleMessage);
    this.client.off("status", this.#handleStatus);
    this.#stopInvocations();
    this.#closing.abort(new CommandsError("BOT_CLOSED", "the bot was closed"));
    this.#waits.close();
    const { clock, closeTimeoutMs } = this.#settings;
    const deadline = Promise.withResolvers<void>();
    const timer = startTimer(clock, closeTimeoutMs, deadline.resolve);
    await Promise.race([Promise.allSettled(this.#running), deadline.promise]);
    clock.clearTimeout(timer);
  }

  /**
   * Handles a message: this is the hot path, so a message that is no command allocates nothing. The promise of
   * a command rejects with an error that the boundary left, which the client reports.
   */
  readonly #handleMessage = (message: Message): Promise<void> | undefined => {
    const { server, author } = message;
    if (author.uuid === server.selfUuid || (author.isBot && !this.#settings.answerBots)) return undefined;
    if (this.#waits.offer(message)) return undefined;
    const state = this.#stateOf(server);
    state.observeDate(message);
    const prefix = state.findPrefix(message.content);
    if (prefix === undefined && this.#listeners.length === 0) return undefined;
    if (state.isOutdated(message)) return undefined;
    return prefix === undefined
      ? this.#handleUnprefixed(message, state)
      : this.#handlePrefixed(message, prefix, state);
  };

  /** Handles a command that was invoked without a message, or an answer to a question of one. */
  readonly #handleInvocation = (invoked: BotInvocation): Promise<void> | undefined => {
    const { server, author } = invoked;
    if (author.uuid === server.selfUuid || (author.isBot && !this.#settings.answerBots)) return undefined;
    const message = messageOfInvocation(invoked);
    if (this.#waits.offer(message, true)) return undefined;
    const resolved = this.resolve(message.content);
    if (!resolved) {
      const { commandUnknown } = this.#settings.texts;
      return this.#replyPlainly(message, commandUnknown(quote(invoked.command, 30), "help"));
    }
    const commandName = fullName(resolved.path, resolved.command);
    const invocation = { prefix: "", commandName, text: resolved.text };
    return this.#start(message, this.#stateOf(server), invocation, (context) =>
      runResolved(resolved, context, this.#settings.clock),
    );
  };

  readonly #handleStatus = (status: SessionStatus, server: Server): Promise<void> | undefined => {
    if (status === "ready") return this.#declare(server);
    if (status !== "closed") return undefined;
    this.#waits.endServer(server, new CommandsError("BOT_CLOSED", "the connection to the server was closed"));
    this.#states.delete(server);
    return undefined;
  };

  /** Declares the account as a bot, so that other bots ignore it; once, since users may change that. */
  async #declare(server: Server): Promise<void> {
    if (!this.#settings.declareBot || this.#declared.has(server) || !server.extensions.has("bots")) return;
    this.#declared.add(server);
    try {
      if (server.self?.isBot !== true) await server.account.setBot(true);
    } catch (error) {
      this.#declared.delete(server);
      // The next connection repeats the declaration.
      if (!isDisconnected(error)) throw error;
    }
  }

  #stateOf(server: Server): ServerState {
    let state = this.#states.get(server);
    if (!state) {
      state = new ServerState(server, this.#settings);
      this.#states.set(server, state);
    }
    return state;
  }

  #handleUnprefixed(message: Message, state: ServerState): Promise<void> | undefined {
    const listener = this.#listeners.find(({ matches }) => matches(message));
    if (!listener) return undefined;
    const invocation = { prefix: "", commandName: "", text: message.content };
    return this.#start(message, state, invocation, (context) =>
      runMiddleware(this.middleware, context, () => replyWith(context, listener.run(context))),
    );
  }

  #handlePrefixed(message: Message, prefix: string, state: ServerState): Promise<void> | undefined {
    const text = message.content.slice(prefix.length);
    const resolved = this.resolve(text);
    if (resolved) {
      const commandName = fullName(resolved.path, resolved.command);
      const invocation = { prefix, commandName, text: resolved.text };
      return this.#start(message, state, invocation, (context) =>
        runResolved(resolved, context, this.#settings.clock),
      );
    }
    const word = /^\S*/.exec(text)?.[0] ?? "";
    const isSuggested =
      this.#settings.suggest &&
      this.entries.some((entry) => findMisspelled(word, entry) !== undefined) &&
      isForThisBot(message.server, state.isMention(prefix));
    if (!isSuggested) return undefined;
    return this.#start(message, state, { prefix, commandName: "", text }, async (context) => {
      const name = await suggestName(word, this.asGroup, context);
      if (name !== undefined) throw new UserError(context.texts.didYouMean(prefix + name));
    });
  }

  /** Runs work for a message in the turn of its author, unless the limits are exceeded. */
  #start(
    message: Message,
    state: ServerState,
    invocation: Invocation,
    work: Work,
  ): Promise<void> | undefined {
    const { author, server } = message;
    const { clock, ignore, maxRunning, debug, texts } = this.#settings;
    if (ignore(author, server)) return undefined;
    const nowMs = clock.now();
    if (this.#running.size >= maxRunning || !state.tryUse(author.uuid, nowMs)) {
      debug?.({ source: "bot", event: "command-dropped", details: detailsOf(message, invocation) });
      return state.tryNotify(author.uuid, nowMs) ? this.#replyPlainly(message, texts.tooFast) : undefined;
    }
    const task = state.queues
      .run(author.uuid, () => this.#execute(message, invocation, work), this.#closing.signal)
      .catch((error: unknown) => {
        // Commands that waited for their turn end with the bot.
        if (error !== this.#closing.signal.reason) throw error;
      })
      .finally(() => this.#running.delete(task));
    this.#running.add(task);
    return task;
  }

  async #execute(message: Message, invocation: Invocation, work: Work): Promise<void> {
    const { clock, commandTimeoutMs, debug } = this.#settings;
    const startedAtMs = clock.now();
    const deadline = new AbortController();
    const timer = startTimer(clock, commandTimeoutMs, () =>
      deadline.abort(new CommandsError("COMMAND_TIMED_OUT", `the command ran for ${commandTimeoutMs} ms`)),
    );
    const signal = AbortSignal.any([this.#closing.signal, deadline.signal]);
    const context = new Context(message, invocation, this.#services, signal);
    debug?.({ source: "bot", event: "command-started", details: detailsOf(message, invocation) });
    try {
      for (const members of this.#members) addMembers(context, members(context));
      await raceSignal(work(context), deadline.signal);
    } catch (error) {
      await this.#handleError(error, context);
    } finally {
      clock.clearTimeout(timer);
      const details = { ...detailsOf(message, invocation), durationMs: clock.now() - startedAtMs };
      debug?.({ source: "bot", event: "command-ended", details });
    }
  }

  async #handleError(error: unknown, context: Context): Promise<void> {
    // Conversations end with the bot or the connection, and replies above the rate are dropped: no failures.
    if (hasCode(error, "BOT_CLOSED") || hasCode(error, "REPLY_DROPPED")) return;
    const { reply, isExpected } = reactTo(error, context.texts);
    const { debug } = this.#settings;
    const details = { ...detailsOf(context.message, context.invocation), isExpected, error: nameOf(error) };
    debug?.({ source: "bot", event: "command-failed", details });
    const replied = this.#replyPlainly(context.message, reply);
    if (isExpected) {
      await replied;
      return;
    }
    // The error itself is reported; that its sentence could not be sent usually has the same cause.
    const settled = replied.catch((replyError: unknown) =>
      debug?.({ source: "bot", event: "reply-failed", details: { ...details, error: nameOf(replyError) } }),
    );
    try {
      if (!this.#boundary) throw error;
      await this.#boundary(error, context);
    } catch (failure) {
      throw failure === error ? error : boundaryError(error, failure);
    } finally {
      await settled;
    }
  }

  /** Replies with a sentence of the bot itself, cut at the limit of the server, unless it is above the rate. */
  async #replyPlainly(message: Message, text: string): Promise<void> {
    const { channel, uuid } = message;
    const answer = privateAnswerTo(message);
    const options = answer ? {} : { replyTo: uuid };
    const content = neutralizeMentions(text).slice(0, contentLimit(channel.server));
    await this.#replies.send(channel, content, options, answer).catch((error: unknown) => {
      if (!hasCode(error, "REPLY_DROPPED")) throw error;
    });
  }
}

function addMembers(context: Context, members: object): void {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(members))) {
    if (name in context) throw argumentError("context member", name, "a name that the context does not have");
    Object.defineProperty(context, name, descriptor);
  }
}

const detailsOf = ({ channel, author }: Message, { commandName }: Invocation) => ({
  command: commandName,
  channel: channel.uuid,
  author: author.uuid,
});

const isDisconnected = (error: unknown): boolean =>
  error instanceof AsterError && (error.code === "CONNECTION_LOST" || error.code === "CLOSED");

const hasCode = (error: unknown, code: CommandsErrorCode): boolean =>
  error instanceof CommandsError && error.code === code;

/** Returns the error that reports that the boundary failed, with the error that it received. */
function boundaryError(error: unknown, failure: unknown): CommandsError {
  const text = `the error boundary failed: ${messageOf(failure)}; it received: ${messageOf(error)}`;
  return new CommandsError("BOUNDARY_FAILED", text, { cause: new AggregateError([error, failure]) });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
