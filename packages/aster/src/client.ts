import { platform } from "#platform";
import { Emitter, type ListenOptions } from "./emitter.ts";
import type { ServerEvents } from "./events.ts";
import type { Channel } from "./models/channel.ts";
import type { User } from "./models/user.ts";
import type { ServerOptions } from "./options.ts";
import { type ConnectOptions, Server } from "./server.ts";

/** The account that servers of a client use where they are given no other. */
export interface ClientOptions {
  /** Name of the account. */
  readonly username?: string;
  /** Password of the account. */
  readonly password?: string;
}

const forwarded = ["message", "packet", "ready", "status"] as const;

/** A program's way to Aster: one account, any number of servers, the events of all of them in one place. */
export class Client {
  readonly #options: ClientOptions;
  readonly #servers: Server[] = [];
  readonly #emitter = new Emitter<ServerEvents>((error) => this.#report(error));

  /** Makes a client without servers. */
  constructor(options: ClientOptions = {}) {
    this.#options = options;
  }

  /** The servers in the order in which they were added. */
  get servers(): readonly Server[] {
    return this.#servers;
  }

  /**
   * Adds a server; {@link Client.connect} connects it.
   *
   * @throws AsterError with `ARGUMENT_INVALID` that names the argument.
   */
  addServer(host: string, port: number, options: ServerOptions = {}): Server {
    const server = new Server(host, port, { ...this.#options, ...options });
    for (const name of forwarded) {
      server.on(name, (...args: ServerEvents[typeof name]) => this.#emitter.emit(name, ...args));
    }
    server.on("error", (error) => this.#report(error, server));
    this.#servers.push(server);
    return server;
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

  /** The account of the first server that knows this uuid; prefer {@link Server.getUser}. */
  getUser(uuid: number): User | undefined {
    return this.#first((server) => server.getUser(uuid));
  }

  /** The channel of the first server that knows this uuid; prefer {@link Server.getChannel}. */
  getChannel(uuid: number): Channel | undefined {
    return this.#first((server) => server.getChannel(uuid));
  }

  /** The channel of the first server that has one of this name; prefer {@link Server.getChannelByName}. */
  getChannelByName(name: string): Channel | undefined {
    return this.#first((server) => server.getChannelByName(name));
  }

  /**
   * Connects every server and resolves when all are ready.
   *
   * @throws The first error of a server that cannot be connected, as {@link Server.connect} does.
   */
  async connect(options: ConnectOptions = {}): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.connect(options)));
  }

  /** Connects every server, then waits until all connections have ended for good. */
  async run(options: ConnectOptions = {}): Promise<void> {
    await this.connect(options);
    await Promise.all(this.#servers.map((server) => server.closed));
  }

  /** Disconnects every server; resolves when nothing is left running. */
  async disconnect(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.disconnect()));
  }

  /** The same as {@link Client.disconnect}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }

  #first<Found>(look: (server: Server) => Found | undefined): Found | undefined {
    for (const server of this.#servers) {
      const found = look(server);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #report(error: unknown, server?: Server): void {
    const [from = server] = this.#servers;
    if (from && this.#emitter.has("error")) this.#emitter.emit("error", error, server ?? from);
    else platform.reportUnhandled(error instanceof Error ? error : new Error(String(error)));
  }
}
