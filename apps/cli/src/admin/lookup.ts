import { AdminError } from "@asterite/aster-server";
import type { AdminSession } from "./run-admin-command.ts";

/** Item with a name and a UUID. */
interface NamedItem {
  readonly uuid: number;
  readonly name: string;
}

/** User as returned by the server. */
interface User extends NamedItem {
  readonly groups: readonly number[];
  readonly is_bot?: boolean;
}

/** Channel or group as returned by the server. */
interface OrderedItem extends NamedItem {
  readonly position: number;
}

const lists = { user: "get_metadata", channel: "list_channels", group: "list_groups" } as const;
type ItemType = keyof typeof lists;
type ItemOf<Type_ extends ItemType> = Type_ extends "user" ? User : OrderedItem;

/** Returns all items of a type. */
export async function listAll<Type extends ItemType>(
  session: AdminSession,
  type: Type,
): Promise<ItemOf<Type>[]> {
  const { data } = await session.request({ command: lists[type] });
  return data as ItemOf<Type>[];
}

/** Returns the item with a name or UUID. Names take precedence. */
export async function findOne<Type extends ItemType>(
  session: AdminSession,
  type: Type,
  nameOrUuid: string,
): Promise<ItemOf<Type>> {
  const items = await listAll(session, type);
  const named = items.filter(({ name }) => name === nameOrUuid);
  const found = named.length > 0 ? named : items.filter(({ uuid }) => String(uuid) === nameOrUuid);
  const [only] = found;
  if (!only) throw new AdminError(`no such ${type}: ${nameOrUuid}`);
  if (found.length > 1) {
    const uuids = found.map(({ uuid }) => uuid).join(", ");
    throw new AdminError(`several are named ${nameOrUuid}; give a UUID instead: ${uuids}`);
  }
  return only;
}
