import { connectionOf } from "@asterite/nats";
import { isHttpAddress, readPlace } from "./announcing/node-address.ts";
import { NodeError } from "./errors.ts";
import {
  isMeaninglessKey,
  isSecret,
  type OptionKey,
  type OptionKind,
  optionKeys,
  type TextForm,
} from "./option-keys.ts";
import {
  type AndesiteNodeOptions,
  defaultNodeOptions,
  type NodeSettings,
  type OptionGroup,
} from "./options.ts";

const byKey = new Map(optionKeys.map((option) => [option.key, option]));

/** The option of a key; undefined where there is none. */
export const findOption = (key: string): OptionKey | undefined => byKey.get(key);

/** What {@link readOptionKeys} found. */
export interface ReadKeys {
  /** Options for {@link createNode}. */
  readonly options: AndesiteNodeOptions;
  /** Keys that mean nothing here: those of the original node's own libraries, and unknown ones. */
  readonly ignored: readonly string[];
}

/**
 * Turns values under documented keys, such as `andesite.transport.http.port`, into options. Texts are
 * understood as they stand in variables and flags.
 *
 * @throws NodeError `bad-option` naming the key.
 */
export function readOptionKeys(values: Readonly<Record<string, unknown>>): ReadKeys {
  const options: Record<string, unknown> = {};
  const ignored: string[] = [];
  for (const [key, value] of Object.entries(values)) {
    const option = findOption(key);
    if (!option || isMeaninglessKey(key)) {
      ignored.push(key);
      continue;
    }
    if (value !== null && value !== undefined) place(options, option.path, understand(option, value));
  }
  // Each value was made by the kind of its own option.
  return { options: options as AndesiteNodeOptions, ignored };
}

function place(target: Record<string, unknown>, [first = "", ...rest]: readonly string[], value: unknown) {
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const inner = (target[first] ?? {}) as Record<string, unknown>;
  target[first] = inner;
  place(inner, rest, value);
}

function understand(option: OptionKey, value: unknown): unknown {
  const read = typeof value === "string" ? fromText(option.kind, value) : value;
  const problem = problemWith(option, read);
  if (problem !== null) throw new NodeError("bad-option", `${option.key} ${problem}`);
  return read;
}

/** What a text means; the text itself where it means nothing. */
function fromText(kind: OptionKind, text: string): unknown {
  if (kind.type === "flag") return { true: true, false: false }[text.toLowerCase()] ?? text;
  if (kind.type === "integer") return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  if (kind.type === "list") return text === "" ? [] : text.split(",").map((item) => item.trim());
  return text;
}

const visible = /^[\x20-\x7e]{1,200}$/;

const needs: { readonly [Form in TextForm]: string } = {
  name: "1 to 200 visible ASCII characters",
  path: "a path that begins with /, without query",
  address: "an address or host name",
  file: "the path of a program",
  folder: "the path of a folder",
  place: "an address such as host:5000 or https://host/path",
  url: "an address with http: or https:, and without a user in it",
  secret: "a text that is not empty",
  nats: "addresses separated by commas, each like nats://host:4222 or tls://host:4222",
};

/** What a text must fit beside not being empty. */
const forms: { readonly [Form in TextForm]?: (text: string) => boolean } = {
  name: (given) => visible.test(given),
  path: (given) => /^\/[^?#\s]*$/.test(given),
  address: (given) => !/\s/.test(given),
  place: (given) => readPlace(given) !== null,
  url: isHttpAddress,
  nats: isNats,
};

function isNats(given: string): boolean {
  try {
    connectionOf(given);
    return true;
  } catch {
    return false;
  }
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** What a value must be, where it is not; null where it fits. */
function expectation(kind: OptionKind, value: unknown): string | null {
  switch (kind.type) {
    case "flag":
      return typeof value === "boolean" ? null : "true or false";
    case "integer": {
      const { least, most, unit } = kind;
      const fits = Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
      return fits ? null : `an integer from ${least} to ${most}${unit ? ` (${unit})` : ""}`;
    }
    case "list":
      return Array.isArray(value) && value.every(isText) ? null : "a list of texts that are not empty";
    case "choice": {
      const known: readonly unknown[] = kind.of;
      return known.includes(value) ? null : kind.of.join(" or ");
    }
    case "text": {
      const { form } = kind;
      const fits = isText(value) && (forms[form]?.(value) ?? true);
      return fits ? null : needs[form];
    }
  }
}

/** What is wrong with a value, as the end of a sentence; null where nothing is. A secret is never told. */
function problemWith(option: OptionKey, value: unknown): string | null {
  const expected = expectation(option.kind, value);
  if (expected === null) return null;
  return isSecret(option) ? `must be ${expected}` : `is ${JSON.stringify(value)}, but must be ${expected}`;
}

const isGroup = (name: string): name is OptionGroup => {
  const value = defaultNodeOptions[name as OptionGroup];
  return typeof value === "object" && value !== null;
};

const groups: readonly OptionGroup[] = Object.keys(defaultNodeOptions).filter(isGroup);

/**
 * Completes options with the defaults and checks them where they enter.
 *
 * @throws NodeError `bad-option` naming the option.
 */
export function completeOptions(options: AndesiteNodeOptions): NodeSettings {
  const { logger: _logger, ...given } = options;
  const complete: Record<string, unknown> = { ...defaultNodeOptions, ...defined(given) };
  for (const group of groups) {
    complete[group] = { ...defaultNodeOptions[group], ...defined(given[group] ?? {}) };
  }
  const loading = complete["loading"] as Record<string, unknown>;
  for (const part of ["sources", "limits", "byteLimits"] as const) {
    loading[part] = { ...defaultNodeOptions.loading[part], ...defined(given.loading?.[part] ?? {}) };
  }
  for (const option of optionKeys) check(option, complete);
  refuseUnknown(complete, defaultNodeOptions, "");
  // Every option of the table was looked at, and nothing else is there.
  const settings = complete as unknown as NodeSettings;
  if (settings.announcing.nats !== null && settings.password === null) {
    throw new NodeError("bad-option", "Option announcing.nats needs a password, which bots know the node by");
  }
  return settings;
}

const defined = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

function check(option: OptionKey, complete: Record<string, unknown>): void {
  const { path, fallback } = option;
  let value: unknown = complete;
  for (const name of path) value = (value as Record<string, unknown>)[name];
  if (value === null && fallback === null) return;
  const problem = problemWith(option, value);
  if (problem !== null) throw new NodeError("bad-option", `Option ${path.join(".")} ${problem}`);
}

function refuseUnknown(given: object, known: object, path: string): void {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(known, name)) {
      throw new NodeError("bad-option", `Option ${path}${name} does not exist`);
    }
    const inside: unknown = (known as Readonly<Record<string, unknown>>)[name];
    if (typeof inside === "object" && inside !== null && !Array.isArray(inside)) {
      refuseUnknown(value, inside, `${path}${name}.`);
    }
  }
}

const loopback = "127.0.0.1";
const everywhere = "0.0.0.0";

/**
 * Where a node listens: without a password on this machine alone, unless it was told to be open.
 *
 * @throws NodeError `bad-option` where the address contradicts that.
 */
export function listenAddress({ password, open, http }: NodeSettings): string {
  const isProtected = password !== null || open;
  if (http.host === null) return isProtected ? everywhere : loopback;
  if (isProtected || isLoopback(http.host)) return http.host;
  throw new NodeError(
    "bad-option",
    `Option http.host is ${JSON.stringify(http.host)}, which others can reach: set a password, or open to let everybody in`,
  );
}

const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(host);
