import type { Permissions } from "@asterite/aster-protocol";
import { encodeBase64 } from "./base64.ts";
import type { Command } from "./session/command.ts";
import type { Features } from "./session/features.ts";
import type { RequestOptions } from "./session/request-matcher.ts";

/** What the administration needs from the server object. */
interface AdministrationContext {
  readonly command: Command;
  readonly features: () => Features;
}

/** A user who may not log in. */
export interface Ban {
  /** Who. */
  readonly userUuid: number;
  /** Since when. */
  readonly since: Date;
}

/**
 * What needs a permission on the server. Every method but {@link Administration.setUserGroups} throws an
 * ExtensionError where the server lacks the extension `admin`, and all throw a CommandError with status 403
 * where the permission is missing.
 */
export class Administration {
  readonly #context: AdministrationContext;

  /** @internal */
  constructor(context: AdministrationContext) {
    this.#context = context;
  }

  /** Changes the server's name, its picture (a PNG file), or both; needs `modify_icon_name`. */
  async setServer(
    { name, icon }: { readonly name?: string; readonly icon?: Uint8Array },
    options: RequestOptions = {},
  ): Promise<void> {
    const fields = { ...(name !== undefined && { name }), ...(icon && { icon: encodeBase64(icon) }) };
    await this.#runAdminCommand("set_server", fields, options);
  }

  /** Asks what accounts may do that are in no group; everybody may ask. */
  async fetchBasePermissions(options: RequestOptions = {}): Promise<Permissions> {
    return (await this.#runAdminCommand("get_base_permissions", {}, options)).permissions;
  }

  /** Replaces what accounts may do that are in no group; needs `modify_groups`. */
  async setBasePermissions(permissions: Permissions, options: RequestOptions = {}): Promise<void> {
    await this.#runAdminCommand("set_base_permissions", { permissions: permissions.toBytes() }, options);
  }

  /** Replaces the groups of an account; needs `modify_user_groups`. */
  async setUserGroups(user: number, groups: readonly number[], options: RequestOptions = {}): Promise<void> {
    await this.#context.command("update_user_groups", { user, groups: [...groups] }, options);
  }

  /** Makes a custom emoji from a PNG file and resolves with its uuid; needs `modify_icon_name`. */
  async createEmoji(name: string, png: Uint8Array, options: RequestOptions = {}): Promise<number> {
    return (await this.#runAdminCommand("create_emoji", { name, data: encodeBase64(png) }, options)).uuid;
  }

  /** Deletes a custom emoji; needs `modify_icon_name`. */
  async deleteEmoji(uuid: number, options: RequestOptions = {}): Promise<void> {
    await this.#runAdminCommand("delete_emoji", { uuid }, options);
  }

  /** Ends an account's sessions and refuses new ones; needs `ban_users`. */
  async banUser(user: number, options: RequestOptions = {}): Promise<void> {
    await this.#runAdminCommand("ban_user", { user }, options);
  }

  /** Lets an account log in again; needs `ban_users`. */
  async unbanUser(user: number, options: RequestOptions = {}): Promise<void> {
    await this.#runAdminCommand("unban_user", { user }, options);
  }

  /** Asks who is banned; needs `ban_users`. */
  async listBans(options: RequestOptions = {}): Promise<Ban[]> {
    const { data } = await this.#runAdminCommand("list_bans", {}, options);
    return data.map(({ user, date }) => ({ userUuid: user, since: new Date(date * 1000) }));
  }

  /** Deletes somebody's account; needs `ban_users`. */
  async deleteAccount(user: number, options: RequestOptions = {}): Promise<void> {
    await this.#runAdminCommand("delete_account", { user }, options);
  }

  readonly #runAdminCommand: Command = async (name, fields, options) => {
    this.#context.features().require("admin");
    return await this.#context.command(name, fields, options);
  };
}
