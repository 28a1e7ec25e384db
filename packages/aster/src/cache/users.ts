import type { User as UserData } from "@asterite/aster-protocol";
import { User, updateUser } from "../models/user.ts";
import { evictOldest } from "./evict-oldest.ts";

/** Maximum number of placeholders for unknown accounts. */
const maxPlaceholders = 1000;

/** Accounts of a server. Each account is one object for as long as it is cached. */
export class Users {
  /** Known accounts by uuid. */
  readonly known = new Map<number, User>();
  /** Placeholders for unknown authors. A placeholder becomes the account once the account is loaded. */
  readonly #placeholders = new Map<number, User>();
  readonly #maxUsers: number;

  constructor(maxUsers: number) {
    this.#maxUsers = maxUsers;
  }

  /**
   * Adds or updates an account. `isChanged` is whether the account is new or has other data than before.
   *
   * @param own - Account that is never evicted.
   */
  upsert(data: UserData, own: number | undefined): { readonly user: User; readonly isChanged: boolean } {
    const known = this.known.get(data.uuid);
    if (known) return { user: known, isChanged: updateUser(known, data) };
    const user = this.#placeholders.get(data.uuid) ?? new User(data);
    this.#placeholders.delete(data.uuid);
    updateUser(user, data);
    this.known.set(data.uuid, user);
    if (this.known.size > this.#maxUsers) this.#evictOldest(own);
    return { user, isChanged: true };
  }

  /** Returns the account, or a placeholder without a name. */
  getOrPlaceholder(uuid: number): User {
    const found = this.known.get(uuid) ?? this.#placeholders.get(uuid);
    if (found) return found;
    const user = new User({ uuid, name: "", pfp: "", groups: [], group_uuid: 0 });
    this.#placeholders.set(uuid, user);
    evictOldest(this.#placeholders, maxPlaceholders);
    return user;
  }

  /** Drops all known accounts but these. */
  retainOnly(uuids: ReadonlySet<number>): void {
    for (const uuid of this.known.keys()) if (!uuids.has(uuid)) this.known.delete(uuid);
  }

  /** Returns whether an account is neither known nor has a placeholder: such an account is fetched, once. */
  isUnknown(uuid: number): boolean {
    return !this.known.has(uuid) && !this.#placeholders.has(uuid);
  }

  #evictOldest(own: number | undefined): void {
    for (const uuid of this.known.keys()) {
      if (uuid === own) continue;
      this.known.delete(uuid);
      return;
    }
  }
}
