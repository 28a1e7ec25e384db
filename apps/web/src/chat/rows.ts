import type { Entry } from "./entry.ts";
import type { Pending } from "./outbox.ts";

/** One row of a conversation. */
export type Row =
  | { readonly kind: "start"; readonly key: string }
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | { readonly kind: "new"; readonly key: string }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly entry: Entry;
      /** Goes on where the same author stopped, so that name and picture are not repeated. */
      readonly isContinued: boolean;
    }
  | { readonly kind: "pending"; readonly key: string; readonly pending: Pending };

/** What rows are made from. */
export interface RowsInput {
  readonly entries: readonly Entry[];
  readonly pending: readonly Pending[];
  readonly hasStart: boolean;
  /** The newest message that had been read when the channel was opened. */
  readonly lastRead: number | undefined;
  /** Names the day of a time, in the reader's time zone. */
  readonly dayOf: (at: number) => string;
}

/** Messages of one author within this time stand together. */
const togetherMs = 5 * 60_000;

/** Makes rows, and gives the same object again for a row, and for all of them, that did not change. */
export class Rows {
  #made = new Map<string, Row>();
  #rows: readonly Row[] = [];

  make({ entries, pending, hasStart, lastRead, dayOf }: RowsInput): readonly Row[] {
    const before = this.#made;
    const rows: Row[] = [];
    const add = (row: Row): void => {
      const known = before.get(row.key);
      rows.push(known && isSame(known, row) ? known : row);
    };
    if (hasStart) add({ kind: "start", key: "start" });
    let previous: Entry | undefined;
    let day = "";
    let isMarked = lastRead === undefined || lastRead === entries.at(-1)?.uuid;
    for (const entry of entries) {
      const today = dayOf(entry.at);
      const isNewDay = today !== day;
      if (isNewDay) add({ kind: "day", key: `day ${today}`, at: entry.at });
      const isFirstNew = !isMarked && previous?.uuid === lastRead;
      if (isFirstNew) {
        add({ kind: "new", key: "new" });
        isMarked = true;
      }
      const isContinued =
        !isNewDay &&
        !isFirstNew &&
        entry.replyTo === undefined &&
        previous?.author === entry.author &&
        entry.at - previous.at < togetherMs;
      add({ kind: "message", key: `message ${entry.uuid}`, entry, isContinued });
      previous = entry;
      day = today;
    }
    for (const one of pending) add({ kind: "pending", key: `pending ${one.nonce}`, pending: one });
    const isUnchanged = rows.length === this.#rows.length && rows.every((row, at) => row === this.#rows[at]);
    if (isUnchanged) return this.#rows;
    this.#made = new Map(rows.map((row) => [row.key, row]));
    this.#rows = rows;
    return rows;
  }
}

const isSame = (one: Row, other: Row): boolean => {
  if (one.kind === "message" && other.kind === "message") {
    return one.entry === other.entry && one.isContinued === other.isContinued;
  }
  if (one.kind === "pending" && other.kind === "pending") return one.pending === other.pending;
  return one.kind === other.kind;
};
