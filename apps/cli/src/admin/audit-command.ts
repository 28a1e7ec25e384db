import type { AuditEntry } from "@asterite/aster-protocol";
import { Command, InvalidArgumentError } from "commander";
import { findOne, listAll } from "./lookup.ts";
import { type AdminSession, formatTime, runAdminCommand } from "./run-admin-command.ts";

const operatorId = -1;
/** Limit of entries in one reply of the server. */
const pageSize = 100;

const parseLimit = (given: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(given)) throw new InvalidArgumentError("Must be an integer from 1 to 999999.");
  return Number(given);
};

const unitSeconds: { readonly [unit: string]: number } = { m: 60, h: 3600, d: 86_400 };

/** Parses a date such as 2026-12-01, or an age such as 12h, to a Unix time in seconds. */
const parseSince = (given: string): number => {
  const [, count, unit = ""] = /^(\d{1,6})([mhd])$/.exec(given) ?? [];
  if (count !== undefined) return Math.floor(Date.now() / 1000) - Number(count) * (unitSeconds[unit] ?? 0);
  const time = /^\d{4}-\d\d-\d\d/.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new InvalidArgumentError(
      "Must be an age such as 30m, 12h or 7d, or a date such as 2026-12-01T18:00Z.",
    );
  }
  return Math.floor(time / 1000);
};

interface AuditOptions {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly since?: number;
  readonly limit: number;
}

/** Returns a target in its wire format: `TYPE:NAME`, `TYPE:UUID` or `server`. */
async function parseTarget(session: AdminSession, given: string): Promise<string> {
  const [, type, name] = /^(user|group|channel):(.+)$/su.exec(given) ?? [];
  if ((type !== "user" && type !== "group" && type !== "channel") || name === undefined) return given;
  // The object may have been deleted.
  if (/^\d+$/.test(name)) return given;
  return `${type}:${(await findOne(session, type, name)).uuid}`;
}

async function readEntries(session: AdminSession, options: AuditOptions): Promise<AuditEntry[]> {
  const { actor, target, action, since, limit } = options;
  const query = {
    action,
    since,
    actor: actor === "operator" ? operatorId : actor && (await findOne(session, "user", actor)).uuid,
    target: target && (await parseTarget(session, target)),
  };
  const entries: AuditEntry[] = [];
  for (let hasMore = true; hasMore && entries.length < limit; ) {
    const reply = await session.request({
      command: "list_audit",
      ...query,
      limit: Math.min(pageSize, limit - entries.length),
      before: entries.at(-1)?.id,
    });
    entries.push(...(reply["data"] as AuditEntry[]));
    hasMore = reply["more"] === true;
  }
  return entries;
}

/** Formats changed values as `name: before → after`. */
function formatChange({ before, after }: AuditEntry): string {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const format = (value: unknown): string => (value === undefined ? "–" : JSON.stringify(value));
  return names.map((name) => `${name}: ${format(before?.[name])} → ${format(after?.[name])}`).join("; ");
}

/** Creates `asterite admin audit`. */
export function auditCommand(): Command {
  return new Command("audit")
    .option("--actor <user>", "only actions of this user, or of the operator")
    .option("--action <command>", "only this action, for example ban_user or login")
    .option("--target <object>", "only changes of this object: user:NAME, group:NAME, channel:NAME or server")
    .option("--since <time>", "only entries since an age such as 12h or 7d, or a date", parseSince)
    .option("--limit <number>", "maximum number of entries", parseLimit, 50)
    .description("list who changed what, and refused attempts, newest first")
    .action((options: AuditOptions, self: Command) =>
      runAdminCommand(self, async (session) => {
        const entries = await readEntries(session, options);
        const users = new Map((await listAll(session, "user")).map(({ uuid, name }) => [uuid, name]));
        const nameOf = (uuid: number): string =>
          uuid === operatorId ? "operator" : (users.get(uuid) ?? String(uuid));
        const named = (target: string): string =>
          target.replace(/^user:(\d+)$/, (_match, uuid: string) => `user:${nameOf(Number(uuid))}`);
        session.printTable(
          entries.map((entry) => ({
            time: formatTime(entry.date),
            actor: entry.actor === null ? "" : nameOf(entry.actor),
            action: entry.action,
            target: named(entry.target ?? ""),
            address: entry.address ?? "",
            result: entry.count > 1 ? `${entry.result} ×${entry.count}` : entry.result,
            change: formatChange(entry),
          })),
          entries,
        );
      }),
    );
}
