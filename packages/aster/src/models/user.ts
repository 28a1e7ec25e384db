import type { User as UserData } from "@asterite/aster-protocol";
import { decodeBase64 } from "../base64.ts";

let updateData: (user: User, data: UserData) => boolean;

/** An account on a server. The object stays the same when the account changes. */
export class User {
  #data: UserData;
  #picture: Uint8Array | undefined;

  /** @internal */
  constructor(data: UserData) {
    this.#data = data;
  }

  static {
    updateData = (user, data) => {
      const { name, pfp, groups, is_bot: isBot } = user.#data;
      const isSame =
        data.name === name &&
        data.pfp === pfp &&
        data.is_bot === isBot &&
        data.groups.length === groups.length &&
        data.groups.every((group, index) => group === groups[index]);
      if (isSame) return false;
      user.#data = data;
      user.#picture = undefined;
      return true;
    };
  }

  /** Uuid of the account, unique on its server. */
  get uuid(): number {
    return this.#data.uuid;
  }

  /** Display name; empty for an account that does not exist or is not loaded yet. */
  get username(): string {
    return this.#data.name;
  }

  /** Profile picture as PNG bytes; empty if there is none or it cannot be decoded. */
  get pfp(): Uint8Array {
    this.#picture ??= decodeBase64(this.#data.pfp);
    return this.#picture;
  }

  /** Whether the account is declared as a bot; `false` where unknown: without the extension `bots`. */
  get isBot(): boolean {
    return this.#data.is_bot ?? false;
  }

  /** Uuids of the groups that the account belongs to. */
  get groups(): readonly number[] {
    return this.#data.groups;
  }
}

/** Replaces the data of an account and returns whether they changed. Used only by the cache. */
export const updateUser = (user: User, data: UserData): boolean => updateData(user, data);
