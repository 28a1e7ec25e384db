import { type CommandDefinition, commands, extensionNames } from "@asterite/aster-protocol";
import type { Random } from "./random.ts";

/** Known objects of the server, so that requests pass the first checks. */
export interface KnownObjects {
  readonly users: readonly number[];
  /** Users that may be banned and deleted; those of {@link users} are logged in to. */
  readonly expendable: readonly number[];
  readonly channels: readonly number[];
  readonly groups: readonly number[];
  /** Uuids of messages, collected from replies. */
  readonly messages: readonly number[];
  /** Base64 of a valid picture. */
  readonly picture: string;
}

const definitions: ReadonlyMap<string, CommandDefinition> = new Map(Object.entries(commands));

/** Excluded commands: they would change the fuzzer's own password, or delay a batch through the login throttle. */
const excluded = ["login", "register", "change_password"];
/** Commands that only expendable users are named in. */
const fatal: readonly string[] = ["delete_account", "ban_user"];
/** Complex commands, which are sent more often. */
const favourites = ["send", "send", "send", "send", "history", "history", "edit", "edit", "search", "search"];
const names = [...definitions.keys(), ...favourites].filter((name) => !excluded.includes(name));

const texts = [
  "",
  " ",
  "\u0085",
  "x",
  "hello world",
  "😀",
  "\ud800",
  "\0",
  "\\u0000",
  "'; drop table users; --",
  '"*" OR NEAR(a b)',
  "%_%",
  "__proto__",
  "constructor",
  "a\nb\r\nc",
  "ﷺ".repeat(100),
  "x".repeat(5000),
  "\ufeff",
  "user:1",
  "group:-1",
];
const integers = [
  0,
  -0,
  1,
  -1,
  2,
  255,
  256,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  1e308,
];
const unusualNumbers = [
  "5.0",
  "1e2",
  "-0",
  "9223372036854775807",
  "9223372036854775808",
  "1e999",
  "0.1",
  "true",
  "null",
];

/** Returns arbitrary JSON text. */
function json(random: Random, depth = 0): string {
  const kind = random.below(depth > 3 ? 4 : 6);
  if (kind === 0) return JSON.stringify(random.pick(texts));
  if (kind === 1) return JSON.stringify(random.pick(integers));
  if (kind === 2) return random.pick(unusualNumbers);
  if (kind === 3) return JSON.stringify(random.chance(0.5));
  if (kind === 4) return `[${random.list(5, () => json(random, depth + 1)).join(",")}]`;
  return `{${random.list(4, () => `${JSON.stringify(random.pick(texts))}:${json(random, depth + 1)}`).join(",")}}`;
}

const permissionBytes = (random: Random): number[] =>
  random.list(4, () => random.pick([0, 1, 2, 4, 5, 21, 42, 85, 3, 255, 256]));

/** Returns a plausible value for a field name. */
function plausibleValue(field: string, random: Random, known: KnownObjects): unknown {
  const anyUuid = (): number =>
    random.pick([...known.users, ...known.channels, ...known.groups, ...known.messages.slice(-20), 5]);
  const uuidOf = (list: readonly number[]): number =>
    list.length > 0 && random.chance(0.8) ? random.pick(list) : anyUuid();
  switch (field) {
    case "channel":
      return uuidOf(known.channels);
    case "reply":
    case "before":
    case "before_message":
      return random.chance(0.5) ? null : uuidOf(known.messages);
    case "message":
      return uuidOf(known.messages);
    case "user":
    case "author":
      return uuidOf(known.users);
    case "groups":
      return random.list(3, () => uuidOf(known.groups));
    case "uuid":
    case "cursor":
    case "seq":
      return anyUuid();
    case "permissions":
      if (random.chance(0.5)) return permissionBytes(random);
      return Object.fromEntries(
        random.list(3, () => [
          `${random.pick(["user", "group", "x", ""])}:${anyUuid()}`,
          permissionBytes(random),
        ]),
      );
    case "data":
    case "icon":
    case "pfp":
      return random.chance(0.5)
        ? known.picture
        : random.pick([...texts, known.picture.slice(0, random.below(90))]);
    case "num":
    case "limit":
    case "position":
    case "colour":
    case "slow_seconds":
      return random.below(5);
    case "extensions":
      return random.list(20, () => random.pick([...extensionNames, "nothing", ""]));
    case "attachments":
      return random.chance(0.7) ? null : random.list(3, () => random.pick(texts));
    case "servers":
      return random.list(3, () => ({
        ip: random.pick(texts),
        port: random.below(70_000),
        name: "x",
        pfp: null,
        uuid: null,
        user_uuid: 1,
      }));
    case "key":
      return random.pick(["music", "poll", ...texts]);
    case "expires":
      return random.pick([...integers, Math.floor(Date.now() / 1000) + 3600]);
    case "value":
      return random.pick([null, 1, "x", { x: [1] }, texts]);
    case "bot":
    case "want_token":
      return random.chance(0.5);
    case "id":
      return random.chance(0.5) ? anyUuid() : random.pick(texts);
    default:
      return random.pick(texts);
  }
}

/** Returns the objects that a command may name: one channel always exists, and the fuzzer's accounts do. */
function usableIn(command: string, known: KnownObjects): KnownObjects {
  if (command === "delete_channel") return { ...known, channels: known.channels.slice(1) };
  if (fatal.includes(command)) return { ...known, users: known.expendable };
  return known;
}

/** Returns a request whose fields are valid, nearly valid, missing or nonsense. */
function request(random: Random, known: KnownObjects): string {
  const command = random.pick(names);
  const fields = Object.keys(definitions.get(command)?.request ?? {});
  const parts = fields.flatMap((field) => {
    if (random.chance(0.08)) return [];
    const value = random.chance(0.12)
      ? json(random)
      : JSON.stringify(plausibleValue(field, random, usableIn(command, known)));
    return `${JSON.stringify(field)}:${value}`;
  });
  if (random.chance(0.05)) parts.push(`"more":${json(random)}`);
  if (random.chance(0.02)) parts.push(`"command":${JSON.stringify(random.pick(names))}`);
  return `{"command":${JSON.stringify(command)}${parts.map((part) => `,${part}`).join("")}}`;
}

/** Replaces, inserts and removes random characters of a text. */
function mutate(text: string, random: Random): string {
  const units = [...text];
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = random.below(units.length + 1);
    const insert = random.chance(0.5)
      ? [random.pick(['"', "{", "}", "[", "]", ",", ":", "\\", "0", "e", "\u0000", "é"])]
      : [];
    units.splice(at, random.below(3), ...insert);
  }
  return units.join("");
}

/** Returns an arbitrary request without a line feed, except `login` and `register`. */
export function anyRequest(random: Random, known: KnownObjects): string {
  const kind = random.fraction();
  let text = request(random, known);
  if (kind < 0.2) text = mutate(text, random);
  else if (kind < 0.24) text = json(random);
  else if (kind < 0.26) text = `${"[".repeat(random.below(300))}${text}`;
  else if (kind < 0.27) text = random.bytes(random.below(60)).toString("latin1");
  // A line feed would split it into two lines.
  return text.replaceAll("\n", " ");
}
