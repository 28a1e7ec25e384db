import { styleText } from "node:util";
import type { LogLine } from "./child-service.ts";
import type { Household } from "./prepare-installation.ts";

/** Where everything is, once it runs. */
export interface Places {
  readonly plainPort: number;
  readonly host: string;
  readonly port: number;
  readonly hosts: readonly string[];
  readonly fingerprint256: string;
  readonly music: string;
  readonly data: string;
}

/** Numbers that pino gives its levels. */
const levels = { debug: 20, info: 30, warn: 40, error: 50, silent: Number.POSITIVE_INFINITY } as const;

/** Fields that every line has, or that say nothing to a person. */
const ordinary = new Set(["level", "time", "pid", "hostname", "service", "msg", "err", "v"]);

/** A line of a part's log for a person; null where it is below the level. */
export function tellLine(part: string, line: LogLine, level: keyof typeof levels): string | null {
  const severity = typeof line["level"] === "number" ? line["level"] : levels.info;
  if (severity < levels[level]) return null;
  const details = Object.entries(line)
    .filter(([name]) => !ordinary.has(name))
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const error = line["err"];
  if (typeof error === "object" && error !== null && "message" in error) details.push(String(error.message));
  const colour = severity >= levels.error ? "red" : severity >= levels.warn ? "yellow" : "dim";
  return `  ${styleText(colour, part)}  ${[line["msg"], ...details].join("  ")}`;
}

/** What a person needs to know when everything runs. */
export function welcome(version: string, places: Places, household: Household): string {
  const { plainPort, port, hosts, fingerprint256, music, data } = places;
  const others = hosts.filter((host) => host !== "localhost");
  const rows: (readonly [string, string])[] = [
    ["Open", styleText(["bold", "underline"], `http://localhost:${plainPort}`)],
    ...(others.length > 0
      ? [["From elsewhere", others.map((host) => `https://${host}:${port}`).join("  ")] as const]
      : []),
    ["Aster clients", `${others[0] ?? "localhost"}:${port}, fingerprint ${fingerprint256.slice(0, 23)}…`],
    ...(household.administrator
      ? ([
          ["Administrator", `${household.administrator.name}`],
          [
            "Password",
            `${styleText("bold", household.administrator.password)}   (shown only now; change it in the page)`,
          ],
        ] as const)
      : []),
    ["Music", `${music}: ${household.musicEntries} entries. Write !play and words of a title into a channel`],
    ["Data", data],
    ["Stop with", "Ctrl-C"],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `  ${styleText("dim", label.padEnd(width))}  ${value}`);
  return `\n  ${styleText("bold", `Asterite ${version} is running`)}\n\n${lines.join("\n")}\n\n`;
}
