import { extensionNames } from "@asterite/aster-protocol";
import { maxTimerMs } from "@asterite/util";
import type { CacheOptions } from "./cache/options.ts";
import { argumentError, checkOptions, checkSecret, secretError } from "./errors.ts";
import type { ServerOptions } from "./options.ts";
import type { ReconnectOptions } from "./session/backoff.ts";
import { ConnectionMode } from "./session/connection-mode.ts";
import type { Endpoint } from "./transport/endpoints.ts";
import type { TlsTrust } from "./transport/transport.ts";

/** Check of an option's value. */
interface Rule {
  readonly accepts: (value: unknown) => boolean;
  /** The values that pass, in words. */
  readonly allowed: string;
  /** Whether errors have the type of the value instead of the value: errors are logged. */
  readonly isSecret?: boolean;
}

type RuleTable = Readonly<Record<string, Rule | undefined>>;
/** Rules by option; undefined for values that are checked together with others or nowhere. */
type Rules<Options> = { readonly [Name in keyof Required<Options>]: Rule | undefined };

const numberRule = (minimum: number, maximum = Number.POSITIVE_INFINITY): Rule => ({
  accepts: (value) => typeof value === "number" && value >= minimum && value <= maximum,
  allowed:
    maximum === Number.POSITIVE_INFINITY
      ? `a number of at least ${minimum}`
      : `a number from ${minimum} to ${maximum}`,
});
const timerRule = (minimumMs: number): Rule => numberRule(minimumMs, maxTimerMs);
const textRule = (pattern: RegExp, allowed: string, isSecret = false): Rule => ({
  accepts: (value) => typeof value === "string" && pattern.test(value),
  allowed,
  isSecret,
});
const flagRule: Rule = { accepts: (value) => typeof value === "boolean", allowed: "true or false" };
const isFunction = (value: unknown): boolean => typeof value === "function";
const functionRule: Rule = { accepts: isFunction, allowed: "a function" };
const arrayRule: Rule = { accepts: Array.isArray, allowed: "an array" };
const methodsRule = (...names: readonly string[]): Rule => ({
  accepts: (value) => names.every((name) => isFunction(Object(value)[name])),
  allowed: `an object with ${names.join(", ")}`,
});

const serverRules: Rules<ServerOptions> = {
  connectMode: {
    accepts: (value) => Object.values<unknown>(ConnectionMode).includes(value),
    allowed: "a value of ConnectionMode",
  },
  registerIfMissing: flagRule,
  wantToken: flagRule,
  tls: undefined,
  extensions: arrayRule,
  connectTimeoutMs: timerRule(1),
  requestTimeoutMs: timerRule(1),
  idlePingMs: timerRule(1),
  pingTimeoutMs: timerRule(1),
  sendRetryMs: timerRule(0),
  packetBytes: numberRule(1024),
  reconnect: undefined,
  catchUpMessages: numberRule(0),
  cache: undefined,
  clock: methodsRule("now", "setTimeout", "clearTimeout"),
  username: undefined,
  password: undefined,
  uuid: undefined,
  token: undefined,
  invite: textRule(/./, "the code of an invite", true),
  clientName: textRule(/^.{1,200}$/s, "1 to 200 characters"),
  bot: flagRule,
  framing: textRule(/^(?:lines|websocket)$/, "lines or websocket"),
  endpoints: arrayRule,
  debug: functionRule,
};

const reconnectRules: Rules<ReconnectOptions> = {
  firstDelayMs: timerRule(0),
  longestDelayMs: timerRule(0),
  stableAfterMs: timerRule(0),
  initial: flagRule,
};

const cacheRules: Rules<CacheOptions> = { messagesPerChannel: numberRule(0), users: numberRule(0) };

const tlsRules: Rules<TlsTrust> = {
  fingerprint256: textRule(/^(?:[\da-f]{2}:?){32}$/i, "32 hexadecimal bytes, as the server prints them"),
  // Node ignores any other text, which may be a key.
  ca: textRule(
    /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/,
    "the text of a PEM file, not its path",
    true,
  ),
  firstUse: methodsRule("get", "set"),
  checkServerIdentity: functionRule,
  verify: flagRule,
};

/** Rules of the options whose value is an object, or `false`. */
const nestedRules: readonly (readonly [name: string, rules: RuleTable])[] = [
  ["reconnect", reconnectRules],
  ["cache", cacheRules],
  ["tls", tlsRules],
];

function checkValues(prefix: string, options: object, rules: RuleTable): void {
  for (const [name, rule] of Object.entries(rules)) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || !rule || rule.accepts(value)) continue;
    throw (rule.isSecret ? secretError : argumentError)(prefix + name, value, rule.allowed);
  }
}

/**
 * Checks the names of options, nested ones included.
 *
 * @throws AsterError `ARGUMENT_INVALID` with the first unknown name.
 */
export function checkServerOptionNames(options: ServerOptions, excluded: readonly string[] = []): void {
  const known = Object.entries(serverRules).filter(([name]) => !excluded.includes(name));
  checkOptions("options", options, Object.fromEntries(known));
  for (const [name, rules] of nestedRules) {
    const value: unknown = Reflect.get(options, name);
    // null must not turn TLS off.
    if (value !== undefined && (value !== false || name === "cache"))
      checkOptions(name, value as object, rules);
  }
}

/**
 * Checks the arguments of a server.
 *
 * @throws AsterError `ARGUMENT_INVALID` with the name of the first invalid one.
 */
export function checkServerOptions(host: string, port: number, options: ServerOptions): void {
  checkEndpoint("", { host, port });
  checkServerOptionNames(options);
  checkValues("", options, serverRules);
  for (const [name, rules] of nestedRules) checkValues(`${name}.`, Reflect.get(options, name) || {}, rules);
  const { endpoints = [], extensions = [] } = options;
  for (const [index, endpoint] of endpoints.entries()) checkEndpoint(`endpoints.${index}.`, endpoint);
  for (const name of extensions) {
    if (!extensionNames.includes(name)) throw argumentError("extensions", name, extensionNames.join(", "));
  }
  checkAccount(options);
}

function checkEndpoint(prefix: string, { host, port }: Endpoint): void {
  if (typeof host !== "string" || host === "") {
    throw argumentError(`${prefix}host`, host, "a host name or address");
  }
  const isAddress6 = /^[\da-f:.]+(?:%.+)?$/i.test(host) && host.split(":").length > 2;
  if (/[\s/@[\]]/.test(host) || (host.includes(":") && !isAddress6)) {
    const allowed = "a host name or address, without https://, port, path or brackets";
    throw argumentError(`${prefix}host`, host, allowed);
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw argumentError(`${prefix}port`, port, "an integer from 1 to 65535");
  }
}

function checkAccount(options: ServerOptions): void {
  const { username, password, uuid, token, connectMode = ConnectionMode.Login } = options;
  if (connectMode === ConnectionMode.Neither) return;
  const isLogin = connectMode === ConnectionMode.Login;
  if (isLogin && token !== undefined) {
    if (typeof token !== "string" || token === "") throw secretError("token", token, "a token");
    return;
  }
  checkSecret("password", password);
  if (isLogin && uuid !== undefined) {
    if (!Number.isSafeInteger(uuid)) throw argumentError("uuid", uuid, "an integer");
    return;
  }
  if (typeof username !== "string" || username === "") {
    throw argumentError("username", username, isLogin ? "a name (or set uuid)" : "a name");
  }
}
