import { defaultLimits } from "@asterite/aster-protocol";
import { ServerError } from "./errors.ts";
import { defaultLoginLimits } from "./login-throttle.ts";
import type { AsterServerOptions } from "./server.ts";
import { defaultConnectionLimits } from "./settings.ts";

/** Node turns a longer timer into one of 1 ms. */
const longestTimerMs = 2 ** 31 - 1;

const refuse = (field: string, given: unknown, allowed: string): ServerError =>
  new ServerError("OPTION_INVALID", `Option ${field} is ${JSON.stringify(given)}; allowed: ${allowed}`);

function checkNumbers(group: string, given: object | undefined, known: object): void {
  for (const [name, value] of Object.entries(given ?? {})) {
    const field = `${group}.${name}`;
    if (!(name in known)) throw refuse(field, value, Object.keys(known).join(", "));
    if (value === undefined) continue;
    if (typeof value !== "number" || Number.isNaN(value) || value <= 0) {
      throw refuse(field, value, "a number above 0");
    }
    if (name.endsWith("Ms") && value > longestTimerMs) {
      throw refuse(field, value, `at most ${longestTimerMs} milliseconds`);
    }
  }
}

function checkPort(field: string, port: number | undefined): void {
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535)) {
    throw refuse(field, port, "an integer from 0 to 65535");
  }
}

/**
 * Checks options where they enter, so that a mistake is named at once and not met later.
 *
 * @throws ServerError with `OPTION_INVALID`, naming the option, what was given and what is allowed.
 */
export function checkOptions(options: AsterServerOptions): void {
  const { port, name, apiVersion, database, host } = options;
  if (typeof database !== "string" || database === "") {
    throw refuse("database", database, "a file, or :memory:");
  }
  if (host !== undefined && (typeof host !== "string" || host === "")) {
    throw refuse("host", host, "an address or host name");
  }
  checkPort("port", port);
  checkPort("statusPort", options.statusPort);
  if (name !== undefined && (name.trim() === "" || name.length > 64)) {
    throw refuse("name", name, "1 to 64 characters that are not all white space");
  }
  if (
    apiVersion !== undefined &&
    (apiVersion.length !== 3 || apiVersion.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
  ) {
    throw refuse("apiVersion", apiVersion, "three integers from 0 to 255");
  }
  const { checkMs } = typeof options.tls === "object" ? options.tls : {};
  if (checkMs !== undefined && !(checkMs >= 1 && checkMs <= longestTimerMs)) {
    throw refuse("tls.checkMs", checkMs, `a number from 1 to ${longestTimerMs}`);
  }
  checkNumbers("limits", options.limits, defaultLimits);
  checkNumbers("connection", options.connection, defaultConnectionLimits);
  checkNumbers("logins", options.logins, defaultLoginLimits);
}
