import type { Group as GroupData, Permissions } from "@asterite/aster-protocol";
import type { Server } from "../server.ts";
import type { RequestOptions } from "../session/request-matcher.ts";

/** What can be changed of a group; what is not given stays. */
export interface GroupChanges {
  /** The name. */
  readonly name?: string;
  /** 0xRRGGBB. */
  readonly colour?: number;
  /** Rank from 0, the highest. It must stay below the caller's own best rank. */
  readonly position?: number;
  /** What the group grants and denies. */
  readonly permissions?: Permissions;
}

let update: (group: Group, data: GroupData) => void;

/** A group of accounts with permissions and a rank. The object stays the same while its group changes. */
export class Group {
  /** The server that the group is on. */
  readonly server: Server;
  #data: GroupData;

  /** @internal */
  constructor(server: Server, data: GroupData) {
    this.server = server;
    this.#data = data;
  }

  static {
    update = (group, data) => {
      group.#data = data;
    };
  }

  /** Identifies the group on its server. */
  get uuid(): number {
    return this.#data.uuid;
  }

  /** The name. */
  get name(): string {
    return this.#data.name;
  }

  /** 0xRRGGBB by convention. */
  get colour(): number {
    return this.#data.colour;
  }

  /** Rank; 0 is the highest and has the last word. */
  get position(): number {
    return this.#data.position;
  }

  /** What the group grants and denies. */
  get permissions(): Permissions {
    return this.#data.permissions;
  }

  /** Changes the group; needs `modify_groups` and a higher rank. */
  async edit(changes: GroupChanges, options: RequestOptions = {}): Promise<void> {
    const { name, colour, position, permissions } = changes;
    await this.server.command(
      "update_group",
      {
        uuid: this.uuid,
        ...(name !== undefined && { name }),
        ...(colour !== undefined && { colour }),
        ...(position !== undefined && { position }),
        ...(permissions && { permissions: permissions.toBytes() }),
      },
      options,
    );
  }

  /** Deletes the group; needs `modify_groups` and a higher rank. */
  async delete(options: RequestOptions = {}): Promise<void> {
    await this.server.command("delete_group", { uuid: this.uuid }, options);
  }
}

/** Replaces what is known of a group; for the server object only. */
export const updateGroup = (group: Group, data: GroupData): void => update(group, data);
