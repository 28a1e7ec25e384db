import { encodeBase64 } from "./base64.ts";
import type { Command } from "./session/command.ts";
import type { Features } from "./session/features.ts";
import type { RequestOptions } from "./session/request-matcher.ts";

/** What the account methods need from the server object. */
interface AccountContext {
  readonly command: Command;
  readonly features: () => Features;
  readonly password: string | undefined;
  readonly selfUuid: () => number | undefined;
}

/** A login of the account that lasts without its password. */
export interface LoginToken {
  /** Names the token for {@link Account.revokeToken}; it is not the token itself. */
  readonly id: number;
  /** The client that asked for it. */
  readonly client: string;
  /** When it was given. */
  readonly createdAt: Date;
  /** When it was last used. */
  readonly lastUsedAt: Date;
}

/** Options of {@link Account.changePassword}. */
export interface PasswordOptions extends RequestOptions {
  /** The present password. Default: the one that this object logged in with. */
  readonly oldPassword?: string;
}

/** The own account on one server. */
export class Account {
  readonly #context: AccountContext;

  /** @internal */
  constructor(context: AccountContext) {
    this.#context = context;
  }

  /**
   * Changes the name.
   *
   * @throws CommandError with status 409 if the name is taken, also by oneself, or 400 if it is blank.
   */
  async rename(username: string, options: RequestOptions = {}): Promise<void> {
    await this.#context.command("nick", { nick: username }, options);
  }

  /**
   * Changes the picture.
   *
   * @param png - A PNG file; most servers take up to 30 720 bytes.
   * @throws CommandError with status 400 if it is too large or no picture.
   */
  async setPicture(png: Uint8Array, options: RequestOptions = {}): Promise<void> {
    await this.#context.command("pfp", { data: encodeBase64(png) }, options);
  }

  /**
   * Changes the password. Servers with extensions ask for the present one and end all other tokens. This
   * object keeps the one it was made with, so give the new one to the next.
   *
   * @throws CommandError with status 403 if the present password is wrong.
   */
  async changePassword(
    newPassword: string,
    { oldPassword, ...options }: PasswordOptions = {},
  ): Promise<void> {
    const { command, features, password } = this.#context;
    const present = oldPassword ?? password;
    const proof = present !== undefined && features().has("admin") ? { old_password: present } : {};
    await command("change_password", { new_password: newPassword, ...proof }, options);
  }

  /**
   * Asks which tokens can log in to the account.
   *
   * @throws ExtensionError without the extension `tokens`.
   */
  async listTokens(options: RequestOptions = {}): Promise<LoginToken[]> {
    this.#context.features().require("tokens");
    const { data } = await this.#context.command("list_tokens", {}, options);
    return data.map(({ id, client, created, last_used }) => ({
      id,
      client,
      createdAt: new Date(created * 1000),
      lastUsedAt: new Date(last_used * 1000),
    }));
  }

  /**
   * Ends a token.
   *
   * @throws ExtensionError without the extension `tokens`.
   */
  async revokeToken(id: number, options: RequestOptions = {}): Promise<void> {
    this.#context.features().require("tokens");
    await this.#context.command("revoke_token", { id }, options);
  }

  /**
   * Deletes the account; its messages stay. The server then ends all its connections, this one too.
   *
   * @throws ExtensionError without the extension `admin`.
   */
  async delete(options: RequestOptions = {}): Promise<void> {
    const { command, features, selfUuid } = this.#context;
    features().require("admin");
    await command("delete_account", { user: selfUuid() ?? 0 }, options);
  }
}
