import type { User as UserData } from "@asterite/aster-protocol";
import { User, updateUser } from "../models/user.ts";

/** Accounts that are not known yet but were seen as authors. */
const maxPlaceholders = 1000;

/** The accounts of a server, each as one object for as long as it is kept. */
export class Users {
  /** Known accounts by uuid. */
  readonly known = new Map<number, User>();
  /** Stand-ins for authors that are not known; they become the account when it gets known. */
  readonly #placeholders = new Map<number, User>();
  readonly #maxUsers: number;

  constructor(limit: number) {
    this.#maxUsers = limit;
  }

  /** Learns about an account and says whether that was anything new. `own` is never forgotten. */
  upsert(data: UserData, own: number | undefined): { readonly user: User; readonly isNews: boolean } {
    const known = this.known.get(data.uuid);
    if (known) return { user: known, isNews: updateUser(known, data) };
    const user = this.#placeholders.get(data.uuid) ?? new User(data);
    this.#placeholders.delete(data.uuid);
    updateUser(user, data);
    this.known.set(data.uuid, user);
    if (this.known.size > this.#maxUsers) this.#evictOldest(own);
    return { user, isNews: true };
  }

  /** The account, or a nameless one in its place. */
  getOrPlaceholder(uuid: number): User {
    const found = this.known.get(uuid) ?? this.#placeholders.get(uuid);
    if (found) return found;
    const user = new User({ uuid, name: "", pfp: "", groups: [], group_uuid: 0 });
    this.#placeholders.set(uuid, user);
    const [oldest] = this.#placeholders.keys();
    if (this.#placeholders.size > maxPlaceholders && oldest !== undefined) this.#placeholders.delete(oldest);
    return user;
  }

  /** Whether the author is new here, so that asking may help; an unknown one is asked for once. */
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
