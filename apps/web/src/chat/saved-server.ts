import * as v from "@asterite/util/schema";
import { keyOf } from "../lib/address.ts";
import { type KeyValueStorage, StoredValue } from "../lib/storage/stored-value.ts";

const savedServer = v.object({
  host: v.string,
  port: v.integer(1, 65_535),
  tls: v.boolean,
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

/** Maximum number of servers in the rail. */
export const maxServers = 100;

const savedList = v.transform(v.array(savedServer), (list) => uniqueServers(list).slice(0, maxServers));

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

/** Returns the stored list of servers. */
export const savedServers = (storage: KeyValueStorage): StoredValue<SavedServer[]> =>
  new StoredValue<SavedServer[]>(storage, "servers", savedList, []);
