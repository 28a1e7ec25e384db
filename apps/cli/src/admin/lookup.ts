import { AdminError } from "@asterite/aster-server";
import type { AdminSession } from "./run-admin-command.ts";

/** Something that has a name and a number. */
interface Named {
  readonly uuid: number;
  readonly name: string;
}

/** A user as the server tells it. */
interface User extends Named {
  readonly groups: readonly number[];
}

/** A channel or group as the server tells it. */
interface Placed extends Named {
  readonly position: number;
}

const lists = { user: "get_metadata", channel: "list_channels", group: "list_groups" } as const;
type Kind = keyof typeof lists;
type Found<Kind_ extends Kind> = Kind_ extends "user" ? User : Placed;

/** Everything of a kind. */
export async function all<Which extends Kind>(session: AdminSession, kind: Which): Promise<Found<Which>[]> {
  const { data } = await session.ask({ command: lists[kind] });
  return data as Found<Which>[];
}

/** The one that a name or number means. */
export async function find<Which extends Kind>(
  session: AdminSession,
  kind: Which,
  nameOrUuid: string,
): Promise<Found<Which>> {
  const everything = await all(session, kind);
  const named = everything.filter(({ name }) => name === nameOrUuid);
  const found = named.length > 0 ? named : everything.filter(({ uuid }) => String(uuid) === nameOrUuid);
  const [only] = found;
  if (!only) throw new AdminError(`there is no ${kind} ${nameOrUuid}`);
  if (found.length > 1) {
    const numbers = found.map(({ uuid }) => uuid).join(", ");
    throw new AdminError(`several are called ${nameOrUuid}; give the number of one: ${numbers}`);
  }
  return only;
}
