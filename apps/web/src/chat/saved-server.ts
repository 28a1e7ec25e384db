import * as v from "@asterite/util/schema";
import { keyOf } from "../lib/address.ts";
import { StoredEntries } from "../lib/storage/stored-entries.ts";
import { type KeyValueStorage, StoredValue } from "../lib/storage/stored-value.ts";

const address = { host: v.string, port: v.integer(1, 65_535), tls: v.boolean };

const savedServer = v.object({
  /** Address of the next connection. */
  ...address,
  /** Key in storage and in the URL hash; default: host and port. It stays when the address changes. */
  key: v.optional(v.string),
  /** Further addresses of the server, which connections try after a failure. */
  others: v.optional(v.array(v.object(address))),
  /** Id that the server announces. Another server at the same address gets no login. */
  id: v.optional(v.string),
  /** UUID of the account. */
  user: v.optional(v.number),
  /** Account name. */
  username: v.optional(v.string),
  /** Login token. The password is never stored. */
  token: v.optional(v.string),
  /** Random suffix of the session name that identifies this browser in the account's session list. */
  device: v.optional(v.string),
  /** Server name, displayed while disconnected. */
  name: v.optional(v.string),
});

/** A server of the rail as stored in the browser. */
export type SavedServer = Readonly<v.OutputOf<typeof savedServer>>;

/** Returns the key of a server in storage and in the URL hash. */
export const savedKey = (saved: SavedServer): string => saved.key ?? keyOf(saved);

/** Maximum number of servers in the rail. */
export const maxServers = 100;

const savedList = v.array(savedServer);

/** Removes duplicate servers, keeping the first of each host and port. */
export function uniqueServers<Endpoint extends { readonly host: string; readonly port: number }>(
  list: readonly Endpoint[],
): Endpoint[] {
  const seen = new Set<string>();
  return list.filter((endpoint) => {
    const key = keyOf(endpoint);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Servers of the rail in the browser's storage: one entry per server, and their order. */
export class SavedServers {
  readonly #entries: StoredEntries<SavedServer>;
  readonly #order: StoredValue<string[]>;

  constructor(storage: KeyValueStorage) {
    this.#entries = new StoredEntries<SavedServer>(storage, "server", savedServer);
    this.#order = new StoredValue(storage, "order", v.array(v.string), []);
    this.#takeOver(storage);
  }

  /** Returns all servers in display order. */
  list(): readonly SavedServer[] {
    const order = this.#order.get();
    const rank = (saved: SavedServer): number => order.indexOf(savedKey(saved)) >>> 0;
    return this.#entries
      .list()
      .map(([, saved]) => saved)
      .toSorted((one, other) => rank(one) - rank(other))
      .slice(0, maxServers);
  }

  get(key: string): SavedServer | undefined {
    return this.#entries.get(key);
  }

  /** Stores the properties of one server. */
  set(saved: SavedServer): void {
    this.#entries.set(savedKey(saved), saved);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Stores the order of the servers. */
  setOrder(keys: readonly string[]): void {
    this.#order.set([...keys]);
  }

  /** Calls `listener` when another tab has added, changed, moved or removed a server. */
  subscribe(listener: () => void): void {
    this.#entries.subscribe(listener);
    this.#order.subscribe(listener);
  }

  /** Converts the list of earlier versions, which stored all servers in one entry. */
  #takeOver(storage: KeyValueStorage): void {
    const list = new StoredValue<SavedServer[]>(storage, "servers", savedList, []).get();
    for (const saved of list) if (!this.get(keyOf(saved))) this.set(saved);
    if (list.length > 0) this.setOrder(list.map(keyOf));
    storage.removeItem("asterite.servers");
  }
}
