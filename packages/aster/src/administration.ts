import type { Permissions, RankedPermissions } from "@asterite/aster-protocol";
import { type AuditPage, type AuditQuery, toAuditEntry, toAuditRequest } from "./audit-log.ts";
import { encodePermissions } from "./encode-permissions.ts";
import { checkOptions } from "./errors.ts";
import { Invites } from "./invites.ts";
import { checkText, encodePicture } from "./limits.ts";
import type { Emoji } from "./models/emoji.ts";
import type { User } from "./models/user.ts";
import { type Reference, uuidOf, uuidsOf } from "./references.ts";
import type { Command } from "./session/command.ts";
import type { Login } from "./session/login.ts";
import type { RequestOptions } from "./session/request-matcher.ts";

/** A ban of an account. */
export interface Ban {
  /** Uuid of the banned account. */
  readonly userUuid: number;
  /** Time at which the account was banned. */
  readonly since: Date;
}

/**
 * Operations that need a server permission. All methods throw a CommandError with status 403 without the
 * permission. All but {@link Administration.setUserGroups} throw an ExtensionError if the server lacks the
 * extension `admin`, or the one that they name.
 */
export class Administration {
  readonly #command: Command;
  readonly #login: Login;
  /** Invites, with which accounts can be registered. */
  readonly invites: Invites;

  /** @internal */
  constructor(command: Command, login: Login) {
    this.#command = command;
    this.#login = login;
    this.invites = new Invites(command, login);
  }

  /**
   * Changes the name of the server, its icon (a PNG file), or both; needs the permission `modify_icon_name`.
   */
  async setServer(
    changes: { readonly name?: string; readonly icon?: Uint8Array },
    options: RequestOptions = {},
  ): Promise<void> {
    checkOptions("changes", changes, { name: "string", icon: 0 });
    const { name, icon } = changes;
    const { limits } = this.#login.features;
    if (name !== undefined) checkText("name", name, limits["name"]);
    const fields = {
      ...(name !== undefined && { name }),
      ...(icon !== undefined && { icon: encodePicture("icon", icon, limits["pfp"]) }),
    };
    await this.#runAdminCommand("set_server", fields, options);
  }

  /**
   * Fetches the base permissions, which apply to every account before those of its groups; needs no
   * permission.
   */
  async fetchBasePermissions(options: RequestOptions = {}): Promise<Permissions> {
    return (await this.#runAdminCommand("get_base_permissions", {}, options)).permissions;
  }

  /** Replaces the base permissions; needs the permission `modify_groups`. */
  async setBasePermissions(permissions: Permissions, options: RequestOptions = {}): Promise<void> {
    await this.#runAdminCommand(
      "set_base_permissions",
      { permissions: encodePermissions("permissions", permissions) },
      options,
    );
  }

  /** Replaces the groups of an account; needs the permission `modify_user_groups`. */
  async setUserGroups(
    user: Reference<User>,
    groups: readonly Reference<RankedPermissions>[],
    options: RequestOptions = {},
  ): Promise<void> {
    const uuids = uuidsOf("groups", groups);
    await this.#command("update_user_groups", { user: uuidOf("user", user), groups: uuids }, options);
  }

  /** Creates a custom emoji from a PNG file and returns its uuid; needs the permission `modify_icon_name`. */
  async createEmoji(name: string, png: Uint8Array, options: RequestOptions = {}): Promise<number> {
    const data = encodePicture("picture", png, this.#login.features.limits["pfp"]);
    return (await this.#runAdminCommand("create_emoji", { name, data }, options)).uuid;
  }

  /** Deletes a custom emoji; needs the permission `modify_icon_name`. */
  async deleteEmoji(emoji: Reference<Emoji>, options: RequestOptions = {}): Promise<void> {
    await this.#runAdminCommand("delete_emoji", { uuid: uuidOf("emoji", emoji) }, options);
  }

  /**
   * Declares whether another account is a bot; needs the permission `modify_user_groups`, for users of lower
   * rank.
   *
   * @throws ExtensionError without the extension `bots`.
   */
  async setBot(user: Reference<User>, isBot: boolean, options: RequestOptions = {}): Promise<void> {
    this.#login.features.require("bots");
    await this.#command("set_bot", { user: uuidOf("user", user), bot: isBot }, options);
  }

  /** Bans an account: its sessions end and it can no longer log in. Needs the permission `ban_users`. */
  async banUser(user: Reference<User>, options: RequestOptions = {}): Promise<void> {
    await this.#runAdminCommand("ban_user", { user: uuidOf("user", user) }, options);
  }

  /** Unbans an account; needs the permission `ban_users`. */
  async unbanUser(user: Reference<User>, options: RequestOptions = {}): Promise<void> {
    await this.#runAdminCommand("unban_user", { user: uuidOf("user", user) }, options);
  }

  /** Fetches the bans; needs the permission `ban_users`. */
  async listBans(options: RequestOptions = {}): Promise<Ban[]> {
    const { data } = await this.#runAdminCommand("list_bans", {}, options);
    return data.map(({ user, date }) => ({ userUuid: user, since: new Date(date * 1000) }));
  }

  /**
   * Fetches a page of the audit log, newest entries first; needs the permission `modify_user_groups` and a group of
   * the highest rank.
   *
   * @throws ExtensionError without the extension `audit`, AsterError `ARGUMENT_INVALID` for an invalid query.
   */
  async fetchAuditLog(query: AuditQuery = {}, options: RequestOptions = {}): Promise<AuditPage> {
    this.#login.features.require("audit");
    const { data, more } = await this.#command("list_audit", toAuditRequest(query), options);
    return { entries: data.map(toAuditEntry), hasMore: more };
  }

  /** Deletes another account; needs the permission `ban_users`. */
  async deleteAccount(user: Reference<User>, options: RequestOptions = {}): Promise<void> {
    await this.#runAdminCommand("delete_account", { user: uuidOf("user", user) }, options);
  }

  readonly #runAdminCommand: Command = async (name, fields, options) => {
    this.#login.features.require("admin");
    return await this.#command(name, fields, options);
  };
}
