import { platform } from "#platform";
import { systemClock } from "./clock.ts";
import { Emitter, type EventsOptions, type ListenOptions, type WaitOptions } from "./emitter.ts";
import { AsterError, checkType } from "./errors.ts";
import type { EventStream } from "./event-iterator.ts";
import { eventNames, forwardedEvents } from "./events.ts";
import { type Handlers, type NamedHandlers, resolveHandlers } from "./handlers.ts";
import { type Channel, Message } from "./models/channel.ts";
import type { User } from "./models/user.ts";
import { checkServerOptionNames } from "./option-checks.ts";
import type { ServerOptions } from "./options.ts";
import type { Reference } from "./references.ts";
import { type ConnectOptions, Server, type ServerEvents } from "./server.ts";

/** Default options of the servers of a client. */
export type ClientOptions = Omit<ServerOptions, "uuid" | "token">;

/**
 * A client for any number of servers, which shares options between them and emits the events of all of them.
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #servers: Server[] = [];
  readonly #emitter = new Emitter<ServerEvents>(eventNames, (error, name, args) =>
    this.#reportError(
      error,
      name,
      this.#servers.find((server) => isOf(server, args)),
    ),
  );
  readonly #handlers: { -readonly [Name in keyof Handlers]?: Handlers[Name] } = {};
  readonly #everReady = new Set<Server>();
  #wasReady = false;

  /**
   * Creates a client without servers.
   *
   * @throws AsterError `ARGUMENT_INVALID` for an unknown option; values are checked by
   *   {@link Client.addServer}.
   */
  constructor(options: ClientOptions = {}) {
    checkServerOptionNames(options, ["uuid", "token"]);
    this.#options = options;
    this.#emitter.on("message", (message) => this.#handlers.onMessage?.(message));
    this.#emitter.on("packet", (packet) => this.#handlers.onPacket?.(packet));
    this.#emitter.on("ready", (server) => this.#handleReady(server));
  }

  /** Servers in the order in which they were added. */
  get servers(): readonly Server[] {
    return this.#servers;
  }

  /** Resolves when all connections are closed for good; rejects then if an error closed one of them. */
  get closed(): Promise<void> {
    return waitForAll(this.#servers.map((server) => server.closed));
  }

  /**
   * Adds a server; {@link Client.connect} connects it.
   *
   * @throws AsterError `ARGUMENT_INVALID` for an invalid argument or option, with its name in the message.
   */
  addServer(host: string, port: number, options: ServerOptions = {}): Server {
    checkType("options", options, "object");
    const server = new Server(host, port, { ...this.#options, ...options });
    for (const name of forwardedEvents) {
      server.on(name, (...args: ServerEvents[typeof name]) => this.#emitter.emit(name, ...args));
    }
    server.on("error", (error) => this.#reportError(error, "message", server));
    this.#servers.push(server);
    return server;
  }

  /**
   * Registers event handlers by their names: `onMessage`, `onPacket` or `onReady`, or the same in Python's
   * spelling. A later handler of the same name replaces the earlier one. Use {@link Client.on} for other events,
   * and for more than one listener.
   *
   * In an object each handler has the parameter of its event. A single function is named by its own name, like
   * those of asterpy's decorator; the compiler does not see the name, so that a parameter without a type is a
   * {@link Message}.
   *
   * @typeParam Handler - Type of the function, inferred.
   * @typeParam Given - Type of the object, inferred.
   * @returns The argument.
   * @throws AsterError `ARGUMENT_INVALID` for any other name, and for a handler that is not a function.
   */
  event<Handler extends Handlers["onMessage"]>(handler: Handler): Handler;
  event<Handler extends Handlers[keyof Handlers]>(handler: Handler): Handler;
  event<Given extends NamedHandlers>(handlers: Given): Given;
  event(given: NamedHandlers | Handlers[keyof Handlers]): unknown {
    const named = typeof given === "function" ? { [given.name]: given } : given;
    Object.assign(this.#handlers, resolveHandlers(named));
    return given;
  }

  /** Adds a listener for an event of any server. */
  on<Name extends keyof ServerEvents>(
    name: Name,
    listener: (...args: ServerEvents[Name]) => unknown,
    options?: ListenOptions,
  ): this {
    this.#emitter.on(name, listener, options);
    return this;
  }

  /** Removes a listener. */
  off<Name extends keyof ServerEvents>(name: Name, listener: (...args: ServerEvents[Name]) => unknown): this {
    this.#emitter.off(name, listener);
    return this;
  }

  /**
   * Resolves with the arguments of the next event; rejects with the signal's reason, and with an AsterError `CLOSED` when
   * the client disconnects. Has no time limit, because some events are rare: {@link Client.waitFor} has one.
   */
  once<Name extends keyof ServerEvents>(name: Name, options?: ListenOptions): Promise<ServerEvents[Name]> {
    return this.#emitter.once(name, options);
  }

  /** Waits for an event of any server; see {@link Server.waitFor}. */
  waitFor<Name extends keyof ServerEvents>(
    name: Name,
    options: WaitOptions<ServerEvents[Name]> = {},
  ): Promise<ServerEvents[Name]> {
    return this.#emitter.waitFor(name, options, this.#options.clock ?? systemClock);
  }

  /** Returns an iterator over future events. It ends when the signal aborts or the client disconnects. */
  events<Name extends keyof ServerEvents>(
    name: Name,
    options?: EventsOptions,
  ): EventStream<ServerEvents[Name]> {
    return this.#emitter.events(name, options);
  }

  /** Returns the cached account from the first server that has the uuid; prefer {@link Server.getUser}. */
  getUser(user: Reference<User>): User | undefined {
    return this.#findFirst((server) => server.getUser(user));
  }

  /** Returns the channel from the first server that has the uuid; prefer {@link Server.getChannel}. */
  getChannel(channel: Reference<Channel>): Channel | undefined {
    return this.#findFirst((server) => server.getChannel(channel));
  }

  /** Returns the channel from the first server that has the name; prefer {@link Server.getChannelByName}. */
  getChannelByName(name: string): Channel | undefined {
    return this.#findFirst((server) => server.getChannelByName(name));
  }

  /**
   * Connects to all servers that are not connected; resolves when all are ready.
   *
   * @throws The error of {@link Server.connect} as soon as one server fails. The other servers are not
   *   affected; close them with {@link Client.disconnect}, or call this method again.
   */
  async connect(options: ConnectOptions = {}): Promise<void> {
    this.#emitter.restart();
    await Promise.all(this.#servers.map((server) => server.connect(options)));
  }

  /**
   * Connects to all servers, then waits until all connections are closed for good.
   *
   * @throws The error of {@link Client.connect}; AsterError `ARGUMENT_INVALID` without a server, because the
   *   program would end at once and without a word.
   */
  async run(options: ConnectOptions = {}): Promise<void> {
    if (this.#servers.length === 0) {
      throw new AsterError("ARGUMENT_INVALID", "the client has no server; call addServer before run");
    }
    await this.connect(options);
    await this.closed;
  }

  /** Disconnects from all servers; resolves when all connections are closed. */
  async disconnect(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.disconnect()));
    this.#emitter.end();
  }

  /** Calls {@link Client.disconnect}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }

  #findFirst<Item>(find: (server: Server) => Item | undefined): Item | undefined {
    for (const server of this.#servers) {
      const found = find(server);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #handleReady(server: Server): unknown {
    this.#everReady.add(server);
    if (this.#wasReady || this.#everReady.size < this.#servers.length) return undefined;
    this.#wasReady = true;
    return this.#handlers.onReady?.();
  }

  #reportError(error: unknown, name: keyof ServerEvents, server?: Server): void {
    if (server && name !== "error" && this.#emitter.hasListeners("error")) {
      this.#emitter.emit("error", error, server);
    } else platform.reportUnhandled(error);
  }
}

/** Returns whether an event with some arguments is of a server: it is one of them, or that of the message. */
const isOf = (server: Server, args: readonly unknown[]): boolean =>
  args.some((each) => each === server || (each instanceof Message && each.server === server));

/** Waits until all promises are settled, then throws the first error in their order. */
async function waitForAll(promises: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) {
    if (result.status === "rejected") throw result.reason;
  }
}
