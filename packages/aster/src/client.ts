import { platform } from "#platform";
import { Emitter, type EventsOptions, type ListenOptions } from "./emitter.ts";
import { forwardedEvents } from "./events.ts";
import { type Handlers, resolveHandlerName } from "./handlers.ts";
import type { Channel } from "./models/channel.ts";
import type { User } from "./models/user.ts";
import type { ServerOptions } from "./options.ts";
import { type ConnectOptions, Server, type ServerEvents } from "./server.ts";

/** What the servers of a client use where they are given nothing else: the account, and any other option. */
export type ClientOptions = Omit<ServerOptions, "uuid" | "token">;

/** A program's way to Aster: one account, any number of servers, the events of all of them in one place. */
export class Client {
  readonly #options: ClientOptions;
  readonly #servers: Server[] = [];
  readonly #emitter = new Emitter<ServerEvents>((error, name) => this.#reportError(error, name));
  readonly #handlers: { -readonly [Name in keyof Handlers]?: Handlers[Name] } = {};
  readonly #everReady = new Set<Server>();
  #wasReady = false;

  /** Makes a client without servers. */
  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.#emitter.on("message", (message) => this.#handlers.onMessage?.(message));
    this.#emitter.on("packet", (packet) => this.#handlers.onPacket?.(packet));
    this.#emitter.on("ready", (server) => this.#handleReady(server));
  }

  /** The servers in the order in which they were added. */
  get servers(): readonly Server[] {
    return this.#servers;
  }

  /** Resolves when all connections are over for good; rejects with the first error that ended one, after that. */
  get closed(): Promise<void> {
    return waitForAll(this.#servers.map((server) => server.closed));
  }

  /**
   * Adds a server; {@link Client.connect} connects it.
   *
   * @throws AsterError with `ARGUMENT_INVALID` that names the argument.
   */
  addServer(host: string, port: number, options: ServerOptions = {}): Server {
    const server = new Server(host, port, { ...this.#options, ...options });
    for (const name of forwardedEvents) {
      server.on(name, (...args: ServerEvents[typeof name]) => this.#emitter.emit(name, ...args));
    }
    server.on("error", (error) => this.#reportError(error, "message", server));
    this.#servers.push(server);
    return server;
  }

  /**
   * Registers a function by its name, as asterpy's decorator does: `onMessage`, `onPacket` or `onReady`, or
   * the same in Python's spelling. Each has one place; a later function takes it over. For everything else,
   * and for more than one listener, there is {@link Client.on}.
   *
   * @typeParam Handler - The kind of function, which follows from the one given.
   * @returns The function itself.
   * @throws AsterError `ARGUMENT_INVALID` for a function of another name.
   */
  event<Handler extends Handlers[keyof Handlers]>(handler: Handler): Handler {
    const name = resolveHandlerName(handler.name);
    // The name says which of the three it is, which the compiler cannot see.
    Object.assign(this.#handlers, { [name]: handler });
    return handler;
  }

  /** Calls a function for each event of a kind, whichever server it comes from. */
  on<Name extends keyof ServerEvents>(
    name: Name,
    listener: (...args: ServerEvents[Name]) => unknown,
    options?: ListenOptions,
  ): this {
    this.#emitter.on(name, listener, options);
    return this;
  }

  /** Takes a listener away. */
  off<Name extends keyof ServerEvents>(name: Name, listener: (...args: ServerEvents[Name]) => unknown): this {
    this.#emitter.off(name, listener);
    return this;
  }

  /** Waits for the next event of a kind. */
  once<Name extends keyof ServerEvents>(name: Name, options?: ListenOptions): Promise<ServerEvents[Name]> {
    return this.#emitter.once(name, options);
  }

  /** Iterates over the events of a kind from now on, until the signal aborts or the client disconnects. */
  events<Name extends keyof ServerEvents>(
    name: Name,
    options?: EventsOptions,
  ): AsyncIterableIterator<ServerEvents[Name], undefined> {
    return this.#emitter.events(name, options);
  }

  /** The account of the first server that knows this uuid; prefer {@link Server.getUser}. */
  getUser(uuid: number): User | undefined {
    return this.#findFirst((server) => server.getUser(uuid));
  }

  /** The channel of the first server that knows this uuid; prefer {@link Server.getChannel}. */
  getChannel(uuid: number): Channel | undefined {
    return this.#findFirst((server) => server.getChannel(uuid));
  }

  /** The channel of the first server that has one of this name; prefer {@link Server.getChannelByName}. */
  getChannelByName(name: string): Channel | undefined {
    return this.#findFirst((server) => server.getChannelByName(name));
  }

  /**
   * Connects every server and resolves when all are ready.
   *
   * @throws The error of the first server that cannot be connected, as {@link Server.connect} does, as soon
   * as it is known; the others stay as they are until {@link Client.disconnect}.
   */
  async connect(options: ConnectOptions = {}): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.connect(options)));
  }

  /** Connects every server, then waits until all connections have ended for good. */
  async run(options: ConnectOptions = {}): Promise<void> {
    await this.connect(options);
    await this.closed;
  }

  /** Disconnects every server; resolves when nothing is left running. */
  async disconnect(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.disconnect()));
    this.#emitter.end();
  }

  /** The same as {@link Client.disconnect}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }

  #findFirst<Found>(look: (server: Server) => Found | undefined): Found | undefined {
    for (const server of this.#servers) {
      const found = look(server);
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
    const [from = server] = this.#servers;
    if (from && name !== "error" && this.#emitter.hasListeners("error")) {
      this.#emitter.emit("error", error, server ?? from);
    } else platform.reportUnhandled(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Waits for all, whatever the others do, and then fails as the first one did. */
async function waitForAll(promises: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) {
    if (result.status === "rejected") throw result.reason;
  }
}
