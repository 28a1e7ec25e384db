import { styleText } from "node:util";
import type { LogLine } from "./child-service.ts";
import { setupLink } from "./setup-links.ts";

/** Endpoints and folders of a running installation. */
export interface Endpoints {
  readonly plainPort: number;
  readonly host: string;
  readonly port: number;
  /** Hosts of the port with TLS, as they stand in a URL. */
  readonly hosts: readonly string[];
  readonly fingerprint256: string;
  readonly music: string;
  readonly data: string;
  readonly registration: keyof typeof registrationTexts;
}

/** State of an installation that the banner shows beside its endpoints. */
export interface ReadyState {
  /** Code of the invite with which the first administrator registers; undefined if there is one. */
  readonly setupCode: string | undefined;
  /** File with the first password of the administrator that an earlier version created. */
  readonly passwordFile: string | undefined;
  /** Number of files and folders in the music folder. */
  readonly musicEntries: number;
}

const registrationTexts = {
  local: "people in your network register themselves; invite others with: asterite admin invite create",
  open: "everyone who reaches the server can create an account",
  invite: "with a link only; create one with: asterite admin invite create",
  closed: "off; create accounts with: asterite admin user create",
};

/** Numeric log levels of pino. */
const levels = { debug: 20, info: 30, warn: 40, error: 50, silent: Number.POSITIVE_INFINITY } as const;

/** Log fields that are not displayed. */
const hiddenFields = new Set(["level", "time", "pid", "hostname", "service", "msg", "err", "v"]);

/** Formats a log line of a service for a terminal; null if it is below the level. */
export function formatLogLine(service: string, line: LogLine, level: keyof typeof levels): string | null {
  const severity = typeof line["level"] === "number" ? line["level"] : levels.info;
  if (severity < levels[level]) return null;
  const details = Object.entries(line)
    .filter(([name]) => !hiddenFields.has(name))
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const error = line["err"];
  if (typeof error === "object" && error !== null && "message" in error) details.push(String(error.message));
  const colour = severity >= levels.error ? "red" : severity >= levels.warn ? "yellow" : "dim";
  return `  ${styleText(colour, service)}  ${[line["msg"], ...details].join("  ")}`;
}

const highlight = (text: string): string => styleText(["bold", "underline"], text);

const isLoopback = (host: string): boolean => /^(?:localhost|127\..*|\[::1\])$/.test(host);

/** Returns what to open: the web client, or for the first administrator the set-up links. */
function addressRows(
  { plainPort, port, hosts }: Endpoints,
  setupCode: string | undefined,
): (readonly [label: string, value: string])[] {
  const own = `http://localhost:${plainPort}`;
  const others = hosts.filter((host) => !isLoopback(host)).map((host) => `https://${host}:${port}`);
  if (setupCode === undefined) {
    const otherRow = ["Other machines", others.join("  ")] as const;
    return [["Open", highlight(own)], ...(others.length > 0 ? [otherRow] : [])];
  }
  const warning = "browsers warn at the first visit, because the server made its certificate itself: go on";
  return [
    ["Set up", highlight(setupLink(own, setupCode))],
    ["", "open this link once, to choose the administrator's name and password"],
    ...others.map((address) => ["Other machines", setupLink(address, setupCode)] as const),
    ...(others.length > 0 ? [["", warning] as const] : []),
  ];
}

const passwordRow = (file: string) =>
  ["Administrator", `first password in ${file}; delete the file once you have changed it`] as const;

/** Returns the banner printed to a terminal once all services are ready. */
export function formatReadyBanner(version: string, endpoints: Endpoints, state: ReadyState): string {
  const { port, hosts, fingerprint256, music, data, registration } = endpoints;
  const other = hosts.find((host) => !isLoopback(host)) ?? "localhost";
  const rows: (readonly [string, string])[] = [
    ...addressRows(endpoints, state.setupCode),
    ["Aster clients", `${other}:${port}, fingerprint ${fingerprint256.slice(0, 23)}…`],
    ...(state.passwordFile === undefined ? [] : [passwordRow(state.passwordFile)]),
    ["New accounts", registrationTexts[registration]],
    ["Music", `folder ${music} (${state.musicEntries} entries); send !play and a title in a channel`],
    ["Data", data],
    ["Stop with", "Ctrl-C"],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `  ${styleText("dim", label.padEnd(width))}  ${value}`);
  return `\n  ${styleText("bold", `Asterite ${version} is running`)}\n\n${lines.join("\n")}\n\n`;
}
