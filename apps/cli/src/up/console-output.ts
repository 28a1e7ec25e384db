import { styleText } from "node:util";
import type { LogLine } from "./child-service.ts";
import type { InstallationState } from "./prepare-installation.ts";

/** Endpoints and folders of a running installation. */
export interface Endpoints {
  readonly plainPort: number;
  readonly host: string;
  readonly port: number;
  readonly hosts: readonly string[];
  readonly fingerprint256: string;
  readonly music: string;
  readonly data: string;
  readonly registration: keyof typeof registrationTexts;
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

/** Returns the banner printed to a terminal once all services are ready. */
export function formatReadyBanner(
  version: string,
  endpoints: Endpoints,
  state: Pick<InstallationState, "administrator" | "musicEntries">,
): string {
  const { plainPort, port, hosts, fingerprint256, music, data, registration } = endpoints;
  const others = hosts.filter((host) => host !== "localhost");
  const rows: (readonly [string, string])[] = [
    ["Open", styleText(["bold", "underline"], `http://localhost:${plainPort}`)],
    ...(others.length > 0
      ? ([
          ["Other machines", others.map((host) => `https://${host}:${port}`).join("  ")],
          // Told until the first password was changed.
          ...(state.administrator
            ? [
                [
                  "",
                  "browsers warn at the first visit, because the server made its certificate itself: go on",
                ] as const,
              ]
            : []),
        ] as const)
      : []),
    ["Aster clients", `${others[0] ?? "localhost"}:${port}, fingerprint ${fingerprint256.slice(0, 23)}…`],
    ...(state.administrator
      ? ([
          ["Administrator", `${state.administrator.name}`],
          [
            "Password",
            `${styleText("bold", state.administrator.password)}   (in ${state.administrator.file}; change it in the web client)`,
          ],
        ] as const)
      : []),
    ["New accounts", registrationTexts[registration]],
    ["Music", `folder ${music} (${state.musicEntries} entries); send !play and a title in a channel`],
    ["Data", data],
    ["Stop with", "Ctrl-C"],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `  ${styleText("dim", label.padEnd(width))}  ${value}`);
  return `\n  ${styleText("bold", `Asterite ${version} is running`)}\n\n${lines.join("\n")}\n\n`;
}
