import type { Group as GroupData, Permissions } from "@asterite/aster-protocol";
import { encodePermissions } from "../encode-permissions.ts";
import { checkOptions } from "../errors.ts";
import type { RequestOptions } from "../session/request-matcher.ts";
import type { ModelServer } from "./model-server.ts";
import { ownerOf, type Server } from "./owner.ts";

/** Changes to a group. Fields that are left out keep their value. */
export interface GroupChanges {
  /** Name of the group. */
  readonly name?: string;
  /** Colour as 0xRRGGBB. */
  readonly colour?: number;
  /** Rank from 0 (highest). It must stay below the highest rank of the caller. */
  readonly position?: number;
  /** Permissions that the group allows and denies. */
  readonly permissions?: Permissions;
}

/** Types of the fields of a new group. */
export const groupFields = { permissions: "object", colour: "number", position: "number" };

let updateData: (group: Group, data: GroupData) => void;

/** A group of accounts with permissions and a rank. The object stays the same when the group is edited. */
export class Group {
  /** Server of the group. */
  readonly server: Server;
  #data: GroupData;

  /** @internal */
  constructor(server: ModelServer, data: GroupData) {
    this.server = ownerOf(server);
    this.#data = data;
  }

  static {
    updateData = (group, data) => {
      group.#data = data;
    };
  }

  /** Uuid of the group, unique on its server. */
  get uuid(): number {
    return this.#data.uuid;
  }

  /** Name of the group. */
  get name(): string {
    return this.#data.name;
  }

  /** Colour, by convention 0xRRGGBB. */
  get colour(): number {
    return this.#data.colour;
  }

  /** Rank; 0 is the highest and takes precedence over all others. */
  get position(): number {
    return this.#data.position;
  }

  /** Permissions that the group allows and denies. */
  get permissions(): Permissions {
    return this.#data.permissions;
  }

  /** Edits the group; needs the permission `modify_groups` and a higher rank. */
  async edit(changes: GroupChanges, options: RequestOptions = {}): Promise<void> {
    checkOptions("changes", changes, { ...groupFields, name: "string" });
    const { name, colour, position, permissions } = changes;
    const fields = {
      uuid: this.uuid,
      name,
      colour,
      position,
      permissions: permissions && encodePermissions("permissions", permissions),
    };
    await this.server.command("update_group", fields, options);
  }

  /** Deletes the group; needs the permission `modify_groups` and a higher rank. */
  async delete(options: RequestOptions = {}): Promise<void> {
    await this.server.command("delete_group", { uuid: this.uuid }, options);
  }
}

/** Replaces the data of a group. Used only by the cache. */
export const updateGroup = (group: Group, data: GroupData): void => updateData(group, data);
