import { checkOptions, checkSecret } from "./errors.ts";
import { checkText, encodePicture } from "./limits.ts";
import type { Command } from "./session/command.ts";
import type { Login } from "./session/login.ts";
import { type RequestOptions, requestOptions } from "./session/request-matcher.ts";

/** Description of a login token. It does not contain the token itself. */
export interface LoginToken {
  /** Id of the token, for {@link Account.revokeToken}. */
  readonly id: number;
  /** Name of the client that requested the token. */
  readonly client: string;
  /** Time at which the token was issued. */
  readonly createdAt: Date;
  /** Time of the last login with the token. */
  readonly lastUsedAt: Date;
}

/** Options of {@link Account.changePassword} and {@link Account.delete}. */
export interface PasswordOptions extends RequestOptions {
  /** Current password. Default: the one given as an option, or the one that it was last changed to. */
  readonly oldPassword?: string;
}

/** Operations on the client's account on one server. */
export class Account {
  readonly #command: Command;
  readonly #login: Login;

  /** @internal */
  constructor(command: Command, login: Login) {
    this.#command = command;
    this.#login = login;
  }

  /**
   * Changes the name of the account.
   *
   * @throws CommandError with status 409 if the name is taken (even by this account) or 400 if it is blank.
   */
  async rename(username: string, options: RequestOptions = {}): Promise<void> {
    checkText("username", username, this.#login.features.limits["name"]);
    await this.#command("nick", { nick: username }, options);
  }

  /**
   * Changes the profile picture.
   *
   * @param png - A PNG file; most servers accept up to 30 720 bytes.
   * @throws AsterError `ARGUMENT_INVALID` if the file is larger than the server announced, CommandError with
   *   status 400 if it is too large or not an image.
   */
  async setPicture(png: Uint8Array, options: RequestOptions = {}): Promise<void> {
    const data = encodePicture("picture", png, this.#login.features.limits["pfp"]);
    await this.#command("pfp", { data }, options);
  }

  /**
   * Declares whether the account is a bot ({@link User.isBot}). The option `bot` does so after the login.
   *
   * @throws ExtensionError without the extension `bots`.
   */
  async setBot(isBot: boolean, options: RequestOptions = {}): Promise<void> {
    this.#login.features.require("bots");
    await this.#command("set_bot", { bot: isBot }, options);
  }

  /**
   * Changes the password. Servers with extensions require the current password and revoke all tokens.
   * This connection logs in with the new password from then on. {@link Server.token} is undefined until then;
   * with `wantToken`, the next login requests another one.
   *
   * @throws CommandError with status 403 if the current password is wrong.
   */
  async changePassword(newPassword: string, options: PasswordOptions = {}): Promise<void> {
    checkSecret("newPassword", newPassword);
    const { oldPassword, request } = this.#readPasswordOptions(options);
    const sendsOld = oldPassword !== undefined && this.#login.features.extensions.size > 0;
    const fields = { new_password: newPassword, ...(sendsOld && { old_password: oldPassword }) };
    await this.#command("change_password", fields, request);
    this.#login.replacePassword(newPassword);
  }

  /**
   * Fetches the tokens with which clients can log in to the account.
   *
   * @throws ExtensionError without the extension `tokens`.
   */
  async listTokens(options: RequestOptions = {}): Promise<LoginToken[]> {
    this.#login.features.require("tokens");
    const { data } = await this.#command("list_tokens", {}, options);
    return data.map(({ id, client, created, last_used }) => ({
      id,
      client,
      createdAt: new Date(created * 1000),
      lastUsedAt: new Date(last_used * 1000),
    }));
  }

  /**
   * Revokes a token.
   *
   * @throws ExtensionError without the extension `tokens`.
   */
  async revokeToken(id: number, options: RequestOptions = {}): Promise<void> {
    this.#login.features.require("tokens");
    await this.#command("revoke_token", { id }, options);
  }

  /**
   * Deletes the account. Its messages are kept. The server closes all connections of the account, including
   * this one.
   *
   * @throws ExtensionError without the extension `admin`, CommandError with status 403 if the current password
   *   is wrong or unknown to this object.
   */
  async delete(options: PasswordOptions = {}): Promise<void> {
    this.#login.features.require("admin");
    const { oldPassword, request } = this.#readPasswordOptions(options);
    const fields = { user: this.#login.selfUuid ?? 0, password: oldPassword };
    await this.#command("delete_account", fields, request);
  }

  #readPasswordOptions(options: PasswordOptions) {
    checkOptions("options", options, { ...requestOptions, oldPassword: 0 });
    const { oldPassword = this.#login.password, ...request } = options;
    if (oldPassword !== undefined) checkSecret("oldPassword", oldPassword);
    return { oldPassword, request };
  }
}
