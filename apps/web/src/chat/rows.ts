import type { Entry } from "./entry.ts";
import type { Pending } from "./outbox.ts";

/** One row of a conversation. */
export type Row =
  | { readonly kind: "start"; readonly key: string }
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | { readonly kind: "new"; readonly key: string }
  | MessageRow
  | { readonly kind: "pending"; readonly key: string; readonly pending: Pending };

interface MessageRow {
  readonly kind: "message";
  readonly key: string;
  readonly entry: Entry;
  /** Goes on where the same author stopped, so that name and picture are not repeated. */
  readonly isContinued: boolean;
}

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
  #input: RowsInput | undefined;
  #rows: readonly Row[] = [];
  /** Found by their entries, because to write ten thousand keys again for every page of the past is felt. */
  readonly #messages = new WeakMap<Entry, MessageRow>();
  #others = new Map<string, Row>();

  make(input: RowsInput): readonly Row[] {
    if (this.#input && isSameInput(this.#input, input)) return this.#rows;
    this.#input = input;
    const rows = this.#make(input);
    const isUnchanged = rows.length === this.#rows.length && rows.every((row, at) => row === this.#rows[at]);
    if (isUnchanged) return this.#rows;
    this.#others = new Map(rows.filter(({ kind }) => kind !== "message").map((row) => [row.key, row]));
    this.#rows = rows;
    return rows;
  }

  #make({ entries, pending, hasStart, lastRead, dayOf }: RowsInput): readonly Row[] {
    const rows: Row[] = [];
    const add = (row: Row): void => {
      const known = this.#others.get(row.key);
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
      rows.push(this.#message(entry, isContinued));
      previous = entry;
      day = today;
    }
    for (const one of pending) add({ kind: "pending", key: `pending ${one.nonce}`, pending: one });
    return rows;
  }

  #message(entry: Entry, isContinued: boolean): MessageRow {
    const known = this.#messages.get(entry);
    if (known?.isContinued === isContinued) return known;
    const row: MessageRow = { kind: "message", key: `message ${entry.uuid}`, entry, isContinued };
    this.#messages.set(entry, row);
    return row;
  }
}

const isSame = (one: Row, other: Row): boolean =>
  one.kind === "pending" && other.kind === "pending"
    ? one.pending === other.pending
    : one.kind === other.kind;

/** Entries are never changed in place, so that the same list says the same. */
const isSameInput = (one: RowsInput, other: RowsInput): boolean =>
  one.entries === other.entries &&
  one.hasStart === other.hasStart &&
  one.lastRead === other.lastRead &&
  one.dayOf === other.dayOf &&
  one.pending.length === other.pending.length &&
  one.pending.every((pending, at) => pending === other.pending[at]);
