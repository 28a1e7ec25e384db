import type { User as UserData } from "@asterite/aster-protocol";
import { decodeBase64 } from "../base64.ts";

let updateData: (user: User, data: UserData) => boolean;
let applyPicture: (user: User, hash: string, picture: Uint8Array) => void;

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
      const { name, pfp, pfp_hash: hash, groups, is_bot: isBot } = user.#data;
      const isSame =
        data.name === name &&
        data.pfp === pfp &&
        data.pfp_hash === hash &&
        data.is_bot === isBot &&
        data.groups.length === groups.length &&
        data.groups.every((group, index) => group === groups[index]);
      if (isSame) return false;
      const hasSamePicture = hash !== undefined && data.pfp_hash === hash;
      user.#data = data;
      if (!hasSamePicture) user.#picture = undefined;
      return true;
    };
    applyPicture = (user, hash, picture) => {
      if (user.#data.pfp_hash === hash) user.#picture = picture;
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

  /**
   * Profile picture as PNG bytes; empty if there is none or it cannot be decoded. With the extension `pictures`, it is
   * empty until {@link Server.fetchPicture} has fetched it.
   */
  get pfp(): Uint8Array {
    this.#picture ??= decodeBase64(this.#data.pfp);
    return this.#picture;
  }

  /**
   * SHA-256 of the profile picture in hexadecimal digits; empty if there is none, undefined without the extension
   * `pictures`.
   */
  get pictureHash(): string | undefined {
    return this.#data.pfp_hash;
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

/** Adds the picture with a hash to an account that still has it. Used only by {@link Server.fetchPicture}. */
export const updatePicture = (user: User, hash: string, picture: Uint8Array): void =>
  applyPicture(user, hash, picture);
