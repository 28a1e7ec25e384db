import { isRecord } from "@asterite/util";
import { type Generated, type QueryExecutorProvider, type RawBuilder, sql } from "kysely";
import type { AuditDetails, AuditEntry, AuditQuery, AuditStore, NewAuditEntry } from "./audit-store.ts";

/** Row of the audit log. Absent texts are empty, so that indexes find them by equality in both databases. */
export interface AuditRow {
  id: Generated<number>;
  since: number;
  date: number;
  /** 1 for an action that needs rights, 0 for others. */
  is_administrative: number;
  /** UUID of the account, the operator's id, or 0. */
  actor: number;
  action: string;
  target: string;
  address: string;
  /** JSON object, or empty. */
  before: string;
  after: string;
  result: string;
  count: number;
}

/** Statements that create the indexes of the table, for both databases. */
export const auditIndexes = [
  "create index if not exists asterite_audit_kind on asterite_audit (is_administrative, id)",
  "create index if not exists asterite_audit_actor on asterite_audit (actor, is_administrative, id)",
  "create index if not exists asterite_audit_address on asterite_audit (address, action, id)",
] as const;

/** Time in seconds during which equal entries are merged. */
const mergeSeconds = 3600;
/** Entries of one account that need no rights. */
const maxOwnEntries = 1000;
/** Share of the entries of a kind that an account keeps when there are too many. */
const maxShareOfAccount = 0.1;
/** Maximum length of a JSON text, in UTF-16 code units. */
const maxDetailLength = 2000;
/** Accounts that a merged entry lists. */
const maxAccounts = 10;

/** Source of queries of either database. */
interface AuditSource {
  queryForReading(): Promise<QueryExecutorProvider>;
  queryForWriting(): Promise<QueryExecutorProvider>;
}

/** Returns the JSON text of an object. Values that would make it too long are replaced by their length. */
function encode(details: AuditDetails | undefined): string {
  if (details === undefined) return "";
  const text = JSON.stringify(details);
  if (text.length <= maxDetailLength) return text;
  const shortened: Record<string, unknown> = {};
  let left = maxDetailLength - 2;
  for (const [key, value] of Object.entries(details)) {
    const length = JSON.stringify({ [key]: value }).length;
    const kept = length <= left ? value : `omitted: ${JSON.stringify(value).length} characters`;
    left -= JSON.stringify({ [key]: kept }).length;
    if (left < 0) break;
    shortened[key] = kept;
  }
  return JSON.stringify(shortened);
}

const decode = (text: string): AuditDetails | undefined => {
  const details: unknown = text === "" ? undefined : JSON.parse(text);
  return isRecord(details) ? details : undefined;
};

const accountsIn = (details: AuditDetails | undefined): unknown[] => {
  const accounts = details?.["accounts"];
  return Array.isArray(accounts) ? accounts : [];
};

/** Returns the details of a merged entry: the latest, with the accounts of both. */
export function mergeDetails(
  earlier: AuditDetails | undefined,
  latest: AuditDetails | undefined,
): AuditDetails | undefined {
  const accounts = [...new Set([...accountsIn(earlier), ...accountsIn(latest)])].slice(0, maxAccounts);
  return accounts.length > 0 ? { ...latest, accounts } : latest;
}

const toEntry = (row: Omit<AuditRow, "id"> & { id: number }): AuditEntry => ({
  id: row.id,
  since: row.since,
  date: row.date,
  count: row.count,
  actor: row.actor === 0 ? undefined : row.actor,
  action: row.action,
  target: row.target === "" ? undefined : row.target,
  address: row.address === "" ? undefined : row.address,
  result: row.result,
  before: decode(row.before),
  after: decode(row.after),
});

/** Audit log in either database: its statements are the same in both. */
export class AuditTable implements AuditStore {
  readonly #source: AuditSource;

  constructor(source: AuditSource) {
    this.#source = source;
  }

  /** Returns the table over one query builder for reads and writes. */
  static over(query: QueryExecutorProvider): AuditTable {
    const source = (): Promise<QueryExecutorProvider> => Promise.resolve(query);
    return new AuditTable({ queryForReading: source, queryForWriting: source });
  }

  async add(entry: NewAuditEntry): Promise<void> {
    const query = await this.#source.queryForWriting();
    const { date, actor = 0, action, target = "", address = "", result, count = 1 } = entry;
    const kind = entry.isAdministrative ? 1 : 0;
    await sql`
      insert into asterite_audit
        (since, date, is_administrative, actor, action, target, address, before, after, result, count)
      values (${date}, ${date}, ${kind}, ${actor}, ${action}, ${target}, ${address}, ${encode(entry.before)},
        ${encode(entry.after)}, ${result}, ${count})`.execute(query);
    if (entry.isAdministrative || actor === 0) return;
    await removeOldest(query, sql`actor = ${actor} and is_administrative = 0`, maxOwnEntries);
  }

  async merge(entry: NewAuditEntry): Promise<void> {
    const query = await this.#source.queryForWriting();
    const { date, actor = 0, action, target = "", address = "", result, count = 1 } = entry;
    // An entry that shows a change is not merged with one that shows none.
    const hasAfter = entry.after === undefined ? sql`after = ''` : sql`after <> ''`;
    const { rows } = await sql<{ id: number; after: string }>`
      select id, after from asterite_audit
      where address = ${address} and action = ${action} and actor = ${actor} and result = ${result}
        and since > ${date - mergeSeconds} and before = '' and ${hasAfter}
      order by id desc limit 1`.execute(query);
    const [earlier] = rows;
    if (!earlier) return await this.add(entry);
    const after = encode(mergeDetails(decode(earlier.after), entry.after));
    await sql`
      update asterite_audit
      set date = ${date}, count = count + ${count}, target = ${target}, after = ${after}
      where id = ${earlier.id}`.execute(query);
  }

  async list({ limit, before, actor, action, target, since }: AuditQuery): Promise<AuditEntry[]> {
    const query = await this.#source.queryForReading();
    const conditions = [
      sql`1 = 1`,
      ...(before === undefined ? [] : [sql`id < ${before}`]),
      ...(actor === undefined ? [] : [sql`actor = ${actor}`]),
      ...(action === undefined ? [] : [sql`action = ${action}`]),
      ...(target === undefined ? [] : [sql`target = ${target}`]),
      ...(since === undefined ? [] : [sql`date >= ${since}`]),
    ];
    const { rows } = await sql<Omit<AuditRow, "id"> & { id: number }>`
      select * from asterite_audit where ${sql.join(conditions, sql` and `)}
      order by id desc limit ${limit}`.execute(query);
    return rows.map(toEntry);
  }

  async prune({ before, maxEntries }: { before: number; maxEntries: number }): Promise<void> {
    const query = await this.#source.queryForWriting();
    await sql`delete from asterite_audit where date < ${before}`.execute(query);
    if (maxEntries === Number.POSITIVE_INFINITY) return;
    for (const kind of [0, 1]) await removeExcess(query, kind, maxEntries);
  }
}

/**
 * Removes the entries of a kind above a number: first the oldest of each account that has more than its share, so that
 * no account pushes out the entries of others, then the oldest of all.
 */
async function removeExcess(query: QueryExecutorProvider, kind: number, maxEntries: number): Promise<void> {
  const ofKind = sql`is_administrative = ${kind}`;
  const { rows } = await sql<{ actor: number; entries: number | string }>`
    select actor, count(*) as entries from asterite_audit where ${ofKind} group by actor
    order by count(*) desc`.execute(query);
  const share = Math.ceil(maxEntries * maxShareOfAccount);
  let excess = rows.reduce((sum, { entries }) => sum + Number(entries), 0) - maxEntries;
  for (const { actor, entries } of rows) {
    const removed = Math.min(excess, Number(entries) - share);
    if (removed <= 0) break;
    await removeOldest(query, sql`actor = ${actor} and ${ofKind}`, Number(entries) - removed);
    excess -= removed;
  }
  if (excess > 0) await removeOldest(query, ofKind, maxEntries);
}

/** Removes the oldest entries that match a condition, above a number. */
async function removeOldest(
  query: QueryExecutorProvider,
  condition: RawBuilder<unknown>,
  maxEntries: number,
): Promise<void> {
  await sql`
    delete from asterite_audit where ${condition} and id <= (
      select id from asterite_audit where ${condition} order by id desc limit 1 offset ${maxEntries})`.execute(
    query,
  );
}
