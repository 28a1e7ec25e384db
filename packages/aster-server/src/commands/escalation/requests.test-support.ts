import {
  type CommandName,
  commands,
  type PermissionName,
  Permissions,
  parseRequest,
} from "@asterite/aster-protocol";
import type { Fixture } from "./fixture.test-support.ts";

/** A request. */
export type Fields = Readonly<Record<string, unknown>> & { readonly command: CommandName };

const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const absent = undefined;

/** Returns the values to try for a field, by its name. Commands that are not affected get one of each. */
function valuesOf(
  fixture: Fixture,
  command: CommandName,
  field: string,
  lacking?: PermissionName,
): unknown[] {
  const { users, groups, open, hidden, messages, emoji, actor } = fixture;
  const everyone = [actor, ...users];
  const sets = [
    Permissions.all,
    Permissions.none,
    ...(lacking === undefined
      ? [Permissions.of({ manage_messages: "deny" })]
      : [Permissions.of({ [lacking]: "allow" }), Permissions.of({ [lacking]: "deny" })]),
  ].map((permissions) => permissions.toBytes());
  const isOptional = commands[command].request[field as never] as { readonly type?: string };
  const optional = isOptional.type === "nullish" ? [absent] : [];
  switch (field) {
    case "user":
    case "author":
      return [...optional, ...everyone];
    case "channel":
      return [...optional, open, hidden];
    case "message":
    case "reply":
    case "before":
    case "before_message":
      return [...optional, ...messages];
    case "groups":
      return [[], ...groups.map((uuid) => [uuid]), [groups[5], groups[4]], [groups[2], groups[3]]];
    case "uuid":
      if (command.endsWith("_channel")) return [open, hidden];
      if (command.endsWith("_group")) return [...groups];
      if (command.endsWith("_emoji")) return [emoji];
      return everyone;
    case "permissions":
      if (!command.endsWith("_channel")) return [...optional, ...sets];
      return [
        ...optional,
        {},
        ...[...everyone.map((uuid) => `user:${uuid}`), ...groups.map((uuid) => `group:${uuid}`)].flatMap(
          (key) => sets.map((set) => ({ [key]: set })),
        ),
      ];
    case "position":
      return command.endsWith("_channel") ? [...optional, 0, 1] : [...optional, 1, 2, 3, 4, 5];
    case "data":
    case "icon":
      return [...optional, png];
    case "bot":
      return [true, false];
    case "extensions":
    case "servers":
      return [[]];
    case "want_token":
      return [...optional];
    case "num":
    case "limit":
    case "cursor":
    case "id":
    case "colour":
    case "slow_seconds":
      return [...optional, 1];
    default:
      return [...optional, "new"];
  }
}

/** Returns the requests to try: every combination of the values of their fields. */
export function* requestsOf(
  fixture: Fixture,
  command: CommandName,
  lacking?: PermissionName,
): Generator<Fields> {
  const fields = Object.keys(commands[command].request);
  const combine = function* (index: number, chosen: Fields): Generator<Fields> {
    const field = fields[index];
    if (field === undefined) {
      if (parseRequest(JSON.stringify(chosen)).ok) yield chosen;
    } else {
      for (const value of valuesOf(fixture, command, field, lacking))
        yield* combine(index + 1, { ...chosen, [field]: value });
    }
  };
  yield* combine(0, { command });
}
