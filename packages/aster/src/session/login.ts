import { Status } from "@asterite/aster-protocol";
import { CommandError } from "../errors.ts";
import type { ServerSettings } from "../options.ts";
import { libraryVersion } from "../version.ts";
import type { Command } from "./command.ts";
import { ConnectionMode } from "./connection-mode.ts";
import { Features } from "./features.ts";

type LoginReply = {
  readonly uuid: number;
  readonly token?: string | undefined;
  readonly cursor?: number | undefined;
};

/** Negotiates extensions on a new connection and logs in to the account, or registers it. */
export class Login {
  /** Features negotiated on the current connection. */
  features: Features;
  /** Uuid of the own account; undefined until known. */
  selfUuid: number | undefined;
  /** Token for logging in without the password: issued by the server, or given as an option. */
  token: string | undefined;
  /** Position in the server's event sequence at the login; undefined on a server without the extension `cursor`. */
  startCursor: number | undefined;
  readonly #server: string;
  readonly #settings: ServerSettings;
  readonly #command: Command;
  #isRegistered = false;

  constructor(server: string, settings: ServerSettings, command: Command) {
    this.#server = server;
    this.#settings = settings;
    this.#command = command;
    this.features = new Features(server);
    this.selfUuid = settings.uuid;
    this.token = settings.token;
  }

  /** Whether the connection logs in, so that more than the public commands work. */
  get isRequired(): boolean {
    return this.#settings.connectMode !== ConnectionMode.Neither;
  }

  /** Runs the login; called once per connection. */
  async run(): Promise<void> {
    await this.#negotiateExtensions();
    if (!this.isRequired) return;
    const grant = await this.#authenticate();
    this.selfUuid = grant.uuid;
    this.token = grant.token ?? this.token;
    this.startCursor = grant.cursor ?? this.startCursor;
  }

  async #negotiateExtensions(): Promise<void> {
    const { clientName, extensions } = this.#settings;
    this.features = new Features(this.#server);
    this.startCursor = undefined;
    if (extensions.length === 0) return;
    try {
      const fields = { client: clientName ?? `asterite/${libraryVersion}`, extensions: [...extensions] };
      const hello = await this.#command("hello", fields);
      this.features = new Features(this.#server, hello);
      this.startCursor = hello.cursor;
    } catch (error) {
      // A server without extensions refuses the command.
      if (!(error instanceof CommandError)) throw error;
    }
  }

  async #authenticate(): Promise<LoginReply> {
    const { connectMode, username, password, registerIfMissing } = this.#settings;
    // After a reconnection, an account that this object registered is logged in to.
    if (connectMode === ConnectionMode.Register && !this.#isRegistered) return await this.#register();
    if (this.token !== undefined && (password === undefined || this.features.has("tokens"))) {
      try {
        return await this.#command("login", { token: this.token });
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        const meaning = "the token is invalid or revoked";
        const { status } = error;
        if (password === undefined) {
          throw new CommandError("login", status, { server: this.#server, meaning });
        }
        this.token = undefined;
      }
    }
    try {
      return await this.#command("login", {
        ...this.#accountFields,
        passwd: password,
        ...this.#tokenRequest,
      });
    } catch (error) {
      const isMissing = error instanceof CommandError && error.status === Status.NotFound;
      if (!isMissing || !registerIfMissing || username === undefined) throw error;
      return await this.#register();
    }
  }

  get #accountFields() {
    return this.selfUuid === undefined ? { uname: this.#settings.username } : { uuid: this.selfUuid };
  }

  get #tokenRequest() {
    return this.#settings.wantToken && this.features.has("tokens") ? { want_token: true } : {};
  }

  async #register(): Promise<LoginReply> {
    const { username = "", password = "" } = this.#settings;
    const grant = await this.#command("register", {
      uname: username,
      passwd: password,
      ...this.#tokenRequest,
    });
    this.#isRegistered = true;
    return grant;
  }
}
