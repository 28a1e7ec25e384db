import type { User as UserData } from "@asterite/aster-protocol";
import { decodeBase64 } from "../base64.ts";

let update: (user: User, data: UserData) => boolean;

/** An account on a server. The object stays the same while its account changes. */
export class User {
  #data: UserData;
  #picture: Uint8Array | undefined;

  /** @internal */
  constructor(data: UserData) {
    this.#data = data;
  }

  static {
    update = (user, data) => {
      const { name, pfp, groups } = user.#data;
      const isSame =
        data.name === name &&
        data.pfp === pfp &&
        data.groups.length === groups.length &&
        data.groups.every((group, index) => group === groups[index]);
      if (isSame) return false;
      user.#data = data;
      user.#picture = undefined;
      return true;
    };
  }

  /** Identifies the account on its server, and only there. */
  get uuid(): number {
    return this.#data.uuid;
  }

  /** The name shown; empty for an account that the server no longer knows. */
  get username(): string {
    return this.#data.name;
  }

  /** The picture as PNG bytes; empty if there is none or it cannot be read. */
  get pfp(): Uint8Array {
    this.#picture ??= decodeBase64(this.#data.pfp);
    return this.#picture;
  }

  /** The groups that the account is in. */
  get groups(): readonly number[] {
    return this.#data.groups;
  }
}

/** Replaces what is known of an account and says whether that changed anything; for the server object only. */
export const updateUser = (user: User, data: UserData): boolean => update(user, data);
