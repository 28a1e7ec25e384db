import { keyOfForm, pictureHashOf, type UserForm } from "./commands/wire-format.ts";
import { OutgoingPacket } from "./hub/outgoing-packet.ts";
import type { AccountStore, StoredUser } from "./store/store.ts";

/** Accounts in one page of `list_users`. */
export const accountsPerPage = 2000;
/** Accounts that are read at once. Their pictures are in memory for the time. */
const accountsPerRead = 200;
/** Typical length of an account without its picture, in characters. */
const approximateLength = 130;
/** PNG of one transparent pixel. Deployed clients crash on an account without a picture. */
const placeholder =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR4nGNgAAIAAAUAAXpeqz8AAAAASUVORK5CYII=";

/** An account as JSON text without braces, in the parts that differ by form. */
interface Entry {
  readonly head: string;
  readonly picture: string;
  readonly hash: string;
  readonly tail: string;
  readonly isBot: boolean;
}

/**
 * All accounts in memory in order of creation, as the pushes have published them: without pictures, but for some
 * that fit a budget. The lists of accounts are built once per change and shared by all readers.
 */
export class AccountDirectory {
  readonly #maxPictureBytes: number;
  readonly #packets = new Map<string, OutgoingPacket>();
  #indexes = new Map<number, number>();
  #entries: Entry[] = [];
  #pictureBytes = 0;
  /** Accounts that changed while the directory is loaded; undefined otherwise. */
  #changes: StoredUser[] | undefined;

  /** @param maxPictureBytes - Bytes of the pictures that the lists include; further accounts get a placeholder. */
  constructor(maxPictureBytes: number) {
    this.#maxPictureBytes = maxPictureBytes;
  }

  /** Reads all accounts, in place of those known. Changes published during the load take precedence. */
  async load(accounts: Pick<AccountStore, "list">): Promise<void> {
    const loaded = new AccountDirectory(this.#maxPictureBytes);
    const changes: StoredUser[] = [];
    this.#changes = changes;
    for (let page: StoredUser[] | undefined; page === undefined || page.length === accountsPerRead; ) {
      page = await accounts.list({ after: page?.at(-1)?.uuid, limit: accountsPerRead });
      for (const user of page) loaded.set(user);
    }
    for (const user of changes) loaded.set(user);
    this.#indexes = loaded.#indexes;
    this.#entries = loaded.#entries;
    this.#pictureBytes = loaded.#pictureBytes;
    this.#packets.clear();
    this.#changes = undefined;
  }

  /** Adds or replaces an account. Call when its push is published. */
  set(user: StoredUser): void {
    this.#changes?.push(user);
    this.#packets.clear();
    const index = this.#indexes.get(user.uuid) ?? this.#entries.length;
    this.#pictureBytes -= this.#entries[index]?.picture.length ?? 0;
    const isIncluded = this.#pictureBytes + user.pfp.length <= this.#maxPictureBytes;
    const picture = isIncluded ? user.pfp : placeholder;
    this.#pictureBytes += picture.length;
    this.#indexes.set(user.uuid, index);
    this.#entries[index] = {
      head: `{"uuid":${user.uuid},"name":${JSON.stringify(user.name)},`,
      picture,
      hash: pictureHashOf(user.pfp),
      tail: `,"groups":${JSON.stringify(user.groups)},"group_uuid":0`,
      isBot: user.isBot,
    };
  }

  /** Returns the estimated length of the whole list, in characters. */
  sizeOf({ hasHashes }: UserForm): number {
    return this.#entries.length * approximateLength + (hasHashes ? 0 : this.#pictureBytes);
  }

  /** Returns the reply to `get_metadata`. */
  list(form: UserForm): OutgoingPacket {
    return this.#cached(`list ${keyOfForm(form)}`, () => {
      return `{"data":[${toJson(this.#entries, form)}],"command":"get_metadata","status":200}`;
    });
  }

  /** Returns the reply to `list_users`. */
  page(page: number, form: UserForm): OutgoingPacket {
    const start = page * accountsPerPage;
    const end = start + accountsPerPage;
    const more = end < this.#entries.length;
    // Pages behind the last one are equal.
    const key = start < this.#entries.length ? page : "none";
    return this.#cached(`page ${key} ${keyOfForm(form)}`, () => {
      const data = toJson(this.#entries.slice(start, end), form);
      return `{"data":[${data}],"more":${more},"command":"list_users","status":200}`;
    });
  }

  #cached(key: string, build: () => string): OutgoingPacket {
    let packet = this.#packets.get(key);
    if (!packet) {
      packet = new OutgoingPacket(build());
      this.#packets.set(key, packet);
    }
    return packet;
  }
}

const toJson = (entries: readonly Entry[], { hasBots, hasHashes }: UserForm): string =>
  entries
    .map(({ head, picture, hash, tail, isBot }) => {
      const middle = hasHashes ? `"pfp_hash":"${hash}"` : `"pfp":${JSON.stringify(picture)}`;
      return `${head}${middle}${tail}${hasBots && isBot ? ',"is_bot":true' : ""}}`;
    })
    .join(",");
