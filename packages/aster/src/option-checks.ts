import { extensionNames } from "@asterite/aster-protocol";
import { clockInWords, isClock } from "@asterite/util";
import { platform } from "#platform";
import type { CacheOptions } from "./cache/options.ts";
import { argumentError, checkOptions, checkSecret, secretError } from "./errors.ts";
import {
  arrayRule,
  flagRule,
  functionRule,
  numberRule,
  type Rules,
  type RuleTable,
  textRule,
  timerRule,
} from "./option-rules.ts";
import type { ServerOptions } from "./options.ts";
import type { ReconnectOptions } from "./session/backoff.ts";
import { ConnectionMode } from "./session/connection-mode.ts";
import type { Endpoint } from "./transport/endpoints.ts";

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
  clock: { accepts: isClock, allowed: clockInWords },
  username: undefined,
  password: undefined,
  uuid: undefined,
  token: undefined,
  invite: textRule(/./, "the code of an invite", true),
  clientName: textRule(/^.{1,200}$/s, "1 to 200 characters"),
  bot: flagRule,
  framing: textRule(/^(?:lines|websocket)$/, "lines or websocket"),
  path: textRule(/^\/[^\s?#]*$/, "a path that starts with /"),
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

/** Rules of the options whose value is an object, or `false`. */
const nestedRules: readonly (readonly [name: string, rules: RuleTable])[] = [
  ["reconnect", reconnectRules],
  ["cache", cacheRules],
  ["tls", platform.tlsRules],
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

/** Hexadecimal groups with two colons or more, and a zone. The connection judges the rest. */
const address6 = /^[\da-f]*:[\da-f]*:[\da-f:.]*(?:%[^\s/@[\]]+)?$/i;

function checkEndpoint(prefix: string, { host, port }: Endpoint): void {
  if (typeof host !== "string" || !(/^[^\s/@:[\]]+$/.test(host) || address6.test(host))) {
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
