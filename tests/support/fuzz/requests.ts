import { type CommandDefinition, commands } from "@asterite/aster-protocol";
import type { Random } from "./random.ts";

/** What the fuzzer knows of the server, so that its requests get past the first checks. */
export interface Known {
  readonly users: readonly number[];
  readonly channels: readonly number[];
  readonly groups: readonly number[];
  /** Uuids of messages, gathered on the way. */
  readonly messages: readonly number[];
  /** Base64 of a picture that is accepted. */
  readonly picture: string;
}

const definitions: ReadonlyMap<string, CommandDefinition> = new Map(Object.entries(commands));

/** They would change who the fuzzer is, or how long a batch takes: a wrong password is answered late. */
const leftOut = ["login", "register", "change_password", "delete_account", "ban_user"];
/** Those with the most behind them come more often. */
const favourites = ["send", "send", "send", "send", "history", "history", "edit", "edit", "search", "search"];
const names = [...definitions.keys(), ...favourites].filter((name) => !leftOut.includes(name));

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
const oddities = [
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

/** Any JSON text. */
function json(random: Random, depth = 0): string {
  const kind = random.below(depth > 3 ? 4 : 6);
  if (kind === 0) return JSON.stringify(random.pick(texts));
  if (kind === 1) return JSON.stringify(random.pick(integers));
  if (kind === 2) return random.pick(oddities);
  if (kind === 3) return JSON.stringify(random.chance(0.5));
  if (kind === 4) return `[${random.list(5, () => json(random, depth + 1)).join(",")}]`;
  return `{${random.list(4, () => `${JSON.stringify(random.pick(texts))}:${json(random, depth + 1)}`).join(",")}}`;
}

const permissionBytes = (random: Random): number[] =>
  random.list(4, () => random.pick([0, 1, 2, 4, 5, 21, 42, 85, 3, 255, 256]));

/** A value of about the kind that a field of this name wants. */
function fitting(field: string, random: Random, known: Known): unknown {
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
      return random.list(3, () =>
        random.pick(["tokens", "cursor", "state", "admin", "typing", "nothing", ""]),
      );
    case "servers":
      return random.list(3, () => ({
        ip: random.pick(texts),
        port: random.below(70_000),
        name: "x",
        pfp: null,
        uuid: null,
        user_uuid: 1,
      }));
    case "want_token":
      return random.chance(0.5);
    case "id":
      return random.chance(0.5) ? anyUuid() : random.pick(texts);
    default:
      return random.pick(texts);
  }
}

/** A request whose fields are right, nearly right, missing, or nonsense. */
function request(random: Random, known: Known): string {
  const command = random.pick(names);
  const fields = Object.keys(definitions.get(command)?.request ?? {});
  const parts = fields.flatMap((field) => {
    if (random.chance(0.08)) return [];
    // The first channel stays, so that there is always one to talk in.
    const usable = command === "delete_channel" ? { ...known, channels: known.channels.slice(1) } : known;
    const value = random.chance(0.12) ? json(random) : JSON.stringify(fitting(field, random, usable));
    return `${JSON.stringify(field)}:${value}`;
  });
  if (random.chance(0.05)) parts.push(`"more":${json(random)}`);
  if (random.chance(0.02)) parts.push(`"command":${JSON.stringify(random.pick(names))}`);
  return `{"command":${JSON.stringify(command)}${parts.map((part) => `,${part}`).join("")}}`;
}

/** Changes a text here and there. */
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

/** One request as text without a line feed; it may be anything but a `login` or a `register`. */
export function anyRequest(random: Random, known: Known): string {
  const kind = random.fraction();
  let text = request(random, known);
  if (kind < 0.2) text = mutate(text, random);
  else if (kind < 0.24) text = json(random);
  else if (kind < 0.26) text = `${"[".repeat(random.below(300))}${text}`;
  else if (kind < 0.27) text = random.bytes(random.below(60)).toString("latin1");
  // A line feed would make two lines of it.
  return text.replaceAll("\n", " ");
}
