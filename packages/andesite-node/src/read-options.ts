import { parseNatsAddresses } from "@asterite/nats";
import { isHttpUrl, parseNodeAddress } from "./announcing/node-address.ts";
import { NodeError } from "./errors.ts";
import {
  isIgnoredKey,
  isSecret,
  type OptionKey,
  type OptionKind,
  optionKeys,
  type TextFormat,
} from "./option-keys.ts";
import {
  type AndesiteNodeOptions,
  defaultNodeOptions,
  type NodeSettings,
  type OptionGroup,
} from "./options.ts";

const byKey = new Map(optionKeys.map((option) => [option.key, option]));

/** Returns the option of a key; undefined if the key is unknown. */
export const findOption = (key: string): OptionKey | undefined => byKey.get(key);

/** Result of {@link readOptionKeys}. */
export interface ReadKeys {
  /** Options of {@link createNode}. */
  readonly options: AndesiteNodeOptions;
  /** Keys without an effect: those of the original node's libraries, and unknown ones. */
  readonly ignored: readonly string[];
}

/**
 * Converts values by documented key, such as `andesite.transport.http.port`, to options. Strings are parsed
 * as in environment variables and flags.
 *
 * @throws NodeError `INVALID_OPTION` naming the key.
 */
export function readOptionKeys(values: Readonly<Record<string, unknown>>): ReadKeys {
  const options: Record<string, unknown> = {};
  const ignored: string[] = [];
  for (const [key, value] of Object.entries(values)) {
    const option = findOption(key);
    if (!option || isIgnoredKey(key)) {
      ignored.push(key);
      continue;
    }
    if (value !== null && value !== undefined) setAtPath(options, option.path, parseValue(option, value));
  }
  // Each value was validated against its option.
  return { options: options as AndesiteNodeOptions, ignored };
}

function setAtPath(
  target: Record<string, unknown>,
  [first = "", ...rest]: readonly string[],
  value: unknown,
) {
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const inner = (target[first] ?? {}) as Record<string, unknown>;
  target[first] = inner;
  setAtPath(inner, rest, value);
}

function parseValue(option: OptionKey, value: unknown): unknown {
  const read = typeof value === "string" ? parseText(option.kind, value) : value;
  const problem = describeProblem(option, read);
  if (problem !== undefined) throw new NodeError("INVALID_OPTION", `${option.key} ${problem}`);
  return read;
}

/** Parses a string by the type of its option. Returns the string itself if it does not fit. */
function parseText(kind: OptionKind, text: string): unknown {
  if (kind.type === "flag") return { true: true, false: false }[text.toLowerCase()] ?? text;
  if (kind.type === "integer") return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  if (kind.type === "list") return text === "" ? [] : text.split(",").map((item) => item.trim());
  return text;
}

const visibleAscii = /^[\x20-\x7e]{1,200}$/;

const textExpectations: { readonly [Format in TextFormat]: string } = {
  name: "1 to 200 visible ASCII characters",
  path: "a path that begins with /, without a query string",
  address: "an IP address or host name",
  file: "the path of a file",
  folder: "the path of a folder",
  "node-address": "an address such as host:5000 or https://host/path",
  url: "an http: or https: URL without credentials",
  secret: "a non-empty string",
  nats: "comma-separated addresses such as nats://host:4222 or tls://host:4222",
};

/** Checks of text formats, in addition to not being empty. */
const textChecks: { readonly [Format in TextFormat]?: (text: string) => boolean } = {
  name: (given) => visibleAscii.test(given),
  path: (given) => /^\/[^?#\s]*$/.test(given),
  address: (given) => !/\s/.test(given),
  "node-address": (given) => parseNodeAddress(given) !== undefined,
  url: isHttpUrl,
  nats: isNatsAddresses,
};

function isNatsAddresses(given: string): boolean {
  try {
    parseNatsAddresses(given);
    return true;
  } catch {
    return false;
  }
}

const isNonEmptyString = (value: unknown): value is string => typeof value === "string" && value !== "";

/** Returns a description of the allowed values if a value is invalid; undefined if it is valid. */
function expectation(kind: OptionKind, value: unknown): string | undefined {
  switch (kind.type) {
    case "flag":
      return typeof value === "boolean" ? undefined : "true or false";
    case "integer": {
      const { min, max, unit } = kind;
      const fits = Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
      return fits ? undefined : `an integer from ${min} to ${max}${unit ? ` (${unit})` : ""}`;
    }
    case "list":
      return Array.isArray(value) && value.every(isNonEmptyString)
        ? undefined
        : "a list of non-empty strings";
    case "choice": {
      const known: readonly unknown[] = kind.of;
      return known.includes(value) ? undefined : kind.of.join(" or ");
    }
    case "text": {
      const { format } = kind;
      const fits = isNonEmptyString(value) && (textChecks[format]?.(value) ?? true);
      return fits ? undefined : textExpectations[format];
    }
  }
}

/**
 * Returns the problem with a value as the end of a sentence; undefined if it is valid. Never includes a
 * secret.
 */
function describeProblem(option: OptionKey, value: unknown): string | undefined {
  const expected = expectation(option.kind, value);
  if (expected === undefined) return undefined;
  return isSecret(option) ? `must be ${expected}` : `is ${JSON.stringify(value)}, but must be ${expected}`;
}

const isGroup = (name: string): name is OptionGroup => {
  const value = defaultNodeOptions[name as OptionGroup];
  return typeof value === "object" && value !== null;
};

const groups: readonly OptionGroup[] = Object.keys(defaultNodeOptions).filter(isGroup);

/**
 * Applies the defaults to options and validates them.
 *
 * @throws NodeError `INVALID_OPTION` naming the option.
 */
export function completeOptions(options: AndesiteNodeOptions): NodeSettings {
  const { logger: _logger, ...given } = options;
  const complete: Record<string, unknown> = { ...defaultNodeOptions, ...withoutUndefined(given) };
  for (const group of groups) {
    complete[group] = { ...defaultNodeOptions[group], ...withoutUndefined(given[group] ?? {}) };
  }
  const loading = complete["loading"] as Record<string, unknown>;
  for (const part of ["sources", "limits", "byteLimits"] as const) {
    loading[part] = { ...defaultNodeOptions.loading[part], ...withoutUndefined(given.loading?.[part] ?? {}) };
  }
  for (const option of optionKeys) checkOption(option, complete);
  rejectUnknownOptions(complete, defaultNodeOptions, "");
  // Every known option was checked, and unknown ones were rejected.
  const settings = complete as unknown as NodeSettings;
  if (settings.announcing.nats !== null && settings.password === null) {
    throw new NodeError(
      "INVALID_OPTION",
      "Option announcing.nats requires a password, which signs the announcements",
    );
  }
  return settings;
}

const withoutUndefined = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

function checkOption(option: OptionKey, complete: Record<string, unknown>): void {
  const { path, fallback } = option;
  let value: unknown = complete;
  for (const name of path) value = (value as Record<string, unknown>)[name];
  if (value === null && fallback === null) return;
  const problem = describeProblem(option, value);
  if (problem !== undefined) throw new NodeError("INVALID_OPTION", `Option ${path.join(".")} ${problem}`);
}

function rejectUnknownOptions(given: object, known: object, path: string): void {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(known, name)) {
      throw new NodeError("INVALID_OPTION", `Option ${path}${name} does not exist`);
    }
    const inside: unknown = (known as Readonly<Record<string, unknown>>)[name];
    if (typeof inside === "object" && inside !== null && !Array.isArray(inside)) {
      rejectUnknownOptions(value, inside, `${path}${name}.`);
    }
  }
}

const loopback = "127.0.0.1";
const allInterfaces = "0.0.0.0";

/**
 * Returns the address to listen on. Without a password it must be a loopback address, unless `open` is set.
 *
 * @throws NodeError `INVALID_OPTION` if it is not.
 */
export function listenAddress({ password, open, http }: NodeSettings): string {
  const isProtected = password !== null || open;
  if (http.host === null) return isProtected ? allInterfaces : loopback;
  if (isProtected || isLoopback(http.host)) return http.host;
  throw new NodeError(
    "INVALID_OPTION",
    `Option http.host is ${JSON.stringify(http.host)}, which other machines can reach: set a password, or set open to allow access without one`,
  );
}

const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(host);
