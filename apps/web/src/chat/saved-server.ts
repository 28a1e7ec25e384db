import * as v from "valibot";
import { keyOf } from "../lib/address.ts";
import { type KeyValueStorage, Stored } from "../lib/storage/stored-value.ts";

const savedServer = v.object({
  host: v.string(),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  tls: v.boolean(),
  /** Name of the account. */
  username: v.optional(v.string()),
  /** What logs in; never the password. */
  token: v.optional(v.string()),
  /** Tells this browser's login from others in the account's list. */
  device: v.optional(v.string()),
  /** The server's name, to show while it is not connected. */
  name: v.optional(v.string()),
});

/** A server of the rail, as it is kept between visits. */
export type SavedServer = Readonly<v.InferOutput<typeof savedServer>>;

/** Servers of the rail; more than fit on any screen. */
export const mostServers = 100;

const savedList = v.pipe(
  v.array(savedServer),
  v.transform((list) => withoutDoubles(list).slice(0, mostServers)),
);

/** Each server once: the first of each place. */
export function withoutDoubles<Place extends { readonly host: string; readonly port: number }>(
  list: readonly Place[],
): Place[] {
  const seen = new Set<string>();
  return list.filter((place) => {
    const key = keyOf(place);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Where the rail is kept. */
export const savedServers = (storage: KeyValueStorage): Stored<SavedServer[]> =>
  new Stored<SavedServer[]>(storage, "servers", savedList, []);
