import { Status } from "@asterite/aster-protocol";
import type { Debug } from "../debug.ts";
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
  readonly epoch?: string | undefined;
};

/** Position in the server's event sequence. */
export interface LogPosition {
  readonly cursor: number;
  /** Epoch of the number, which changes when the server's data goes back; undefined on older servers. */
  readonly epoch: string | undefined;
  /** Earlier epochs, each with the last number that it shares with the present one. */
  readonly forks: readonly { readonly epoch: string; readonly cursor: number }[];
}

/** Negotiates extensions on a new connection and logs in to the account, or registers it. */
export class Login {
  /** Features negotiated on the current connection. */
  features: Features;
  /** Uuid of the client's account; undefined until known. */
  selfUuid: number | undefined;
  /** Token for logging in without the password: issued by the server, or given as an option. */
  token: string | undefined;
  /** Position at the login; undefined on a server without the extension `cursor`. */
  startPosition: LogPosition | undefined;
  readonly #address: string;
  readonly #settings: ServerSettings;
  readonly #command: Command;
  readonly #debug: Debug | undefined;
  #password: string | undefined;
  #isRegistered = false;

  constructor(address: string, settings: ServerSettings, command: Command, debug?: Debug) {
    this.#address = address;
    this.#debug = debug;
    this.#password = settings.password;
    this.#settings = settings;
    this.#command = command;
    this.features = new Features(address);
    this.selfUuid = settings.uuid;
    this.token = settings.token;
  }

  /** Current password of the account: the one given as an option, or the one that it was changed to. */
  get password(): string | undefined {
    return this.#password;
  }

  /**
   * Takes over a password that this program has given the account, for the next logins. Servers revoke all
   * tokens with the old password, so the next login requests another one if the program wants one.
   */
  replacePassword(password: string): void {
    this.#password = password;
    if (this.features.has("tokens")) this.token = undefined;
  }

  /** Whether the connection logs in, so that more than the public commands work. */
  get isRequired(): boolean {
    return this.#settings.connectMode !== ConnectionMode.Neither;
  }

  /** Negotiates extensions, then logs in or registers. Called once per connection. */
  async run(): Promise<void> {
    await this.#negotiateExtensions();
    if (!this.isRequired) return;
    const reply = await this.#authenticate();
    this.selfUuid = reply.uuid;
    this.token = reply.token ?? this.token;
    const { cursor, epoch = this.startPosition?.epoch } = reply;
    if (cursor === undefined) return;
    const forks = epoch === this.startPosition?.epoch ? this.startPosition?.forks : undefined;
    this.startPosition = { cursor, epoch, forks: forks ?? [] };
  }

  async #negotiateExtensions(): Promise<void> {
    const { clientName, extensions } = this.#settings;
    this.features = new Features(this.#address, undefined, extensions);
    this.startPosition = undefined;
    if (extensions.length === 0) return;
    try {
      const fields = { client: clientName ?? `asterite/${libraryVersion}`, extensions: [...extensions] };
      const hello = await this.#command("hello", fields);
      this.features = new Features(this.#address, hello, extensions);
      const { cursor, epoch, forks = [], server: software, extensions: names, limits } = hello;
      if (cursor !== undefined) this.startPosition = { cursor, epoch, forks };
      this.#debug?.("login", "extensions-negotiated", { software, extensions: names, limits, epoch });
    } catch (error) {
      // A server without extensions refuses the command.
      if (!(error instanceof CommandError)) throw error;
      this.#debug?.("login", "extensions-unsupported", { status: error.status });
    }
  }

  async #authenticate(): Promise<LoginReply> {
    const { connectMode, username, registerIfMissing } = this.#settings;
    const password = this.#password;
    // Once this object has registered the account, reconnections log in to it.
    if (connectMode === ConnectionMode.Register && !this.#isRegistered) return await this.#register();
    if (this.token !== undefined && (password === undefined || this.features.has("tokens"))) {
      this.#debug?.("login", "attempt", { method: "token" });
      try {
        return await this.#command("login", { token: this.token });
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        const { status, reason, retryAfterMs } = error;
        const isAboutToken = reason === undefined || reason === "invalid_token";
        if (password === undefined || !isAboutToken) {
          const meaning = "the token is invalid or revoked";
          const server = this.#address;
          throw new CommandError("login", status, { server, meaning, reason, retryAfterMs });
        }
        this.#debug?.("login", "token-refused", { status, reason });
        this.token = undefined;
      }
    }
    try {
      return await this.#logInWithPassword();
    } catch (error) {
      if (!hasStatus(error, Status.NotFound) || !registerIfMissing || username === undefined) throw error;
      return await this.#registerUnlessTaken();
    }
  }

  #logInWithPassword(): Promise<LoginReply> {
    this.#debug?.("login", "attempt", { method: "password" });
    return this.#command("login", { ...this.#accountFields, passwd: this.#password, ...this.#tokenRequest });
  }

  /** Registers the account, or logs in if another connection has registered it in the meantime. */
  async #registerUnlessTaken(): Promise<LoginReply> {
    try {
      return await this.#register();
    } catch (taken) {
      if (!hasStatus(taken, Status.Conflict)) throw taken;
      return await this.#logInWithPassword().catch((error: unknown) => {
        throw hasStatus(error, Status.NotFound) ? taken : error;
      });
    }
  }

  get #accountFields() {
    return this.selfUuid === undefined ? { uname: this.#settings.username } : { uuid: this.selfUuid };
  }

  get #tokenRequest() {
    return this.#settings.wantToken && this.features.has("tokens") ? { want_token: true } : {};
  }

  async #register(): Promise<LoginReply> {
    const { username = "", invite } = this.#settings;
    const password = this.#password ?? "";
    this.#debug?.("login", "attempt", { method: "register" });
    const reply = await this.#command("register", {
      uname: username,
      passwd: password,
      invite,
      ...this.#tokenRequest,
    });
    this.#isRegistered = true;
    return reply;
  }
}

const hasStatus = (error: unknown, status: Status): boolean =>
  error instanceof CommandError && error.status === status;
