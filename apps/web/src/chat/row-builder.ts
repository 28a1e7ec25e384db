import type { Entry } from "./entry.ts";
import type { PendingMessage } from "./outbox.ts";

/** Row of a conversation. */
export type Row =
  | { readonly type: "start"; readonly key: string }
  | { readonly type: "day"; readonly key: string; readonly at: number }
  | { readonly type: "new"; readonly key: string }
  | MessageRow
  | { readonly type: "pending"; readonly key: string; readonly pending: PendingMessage };

interface MessageRow {
  readonly type: "message";
  readonly key: string;
  readonly entry: Entry;
  /** Whether it follows a message of the same author, so that name and picture are not repeated. */
  readonly isContinued: boolean;
}

/** Input of {@link RowBuilder.build}. */
export interface RowBuilderInput {
  readonly entries: readonly Entry[];
  readonly pending: readonly PendingMessage[];
  readonly hasStart: boolean;
  /** Newest message that had been read when the channel was opened. */
  readonly lastRead: number | undefined;
  /** Returns the same key for all times of one day in the local time zone. */
  readonly dayKey: (at: number) => string;
}

/** Longest gap between two messages of one author that are grouped. */
const maxGroupGapMs = 5 * 60_000;

/**
 * Builds rows. Unchanged rows, and an unchanged list, keep their identity, so that they are not re-rendered.
 */
export class RowBuilder {
  #input: RowBuilderInput | undefined;
  #rows: readonly Row[] = [];
  /** Keyed by entry: building ten thousand string keys for every loaded page is noticeably slow. */
  readonly #messages = new WeakMap<Entry, MessageRow>();
  #others = new Map<string, Row>();

  build(input: RowBuilderInput): readonly Row[] {
    if (this.#input && isSameInput(this.#input, input)) return this.#rows;
    this.#input = input;
    const rows = this.#build(input);
    const isUnchanged = rows.length === this.#rows.length && rows.every((row, at) => row === this.#rows[at]);
    if (isUnchanged) return this.#rows;
    this.#others = new Map(rows.filter(({ type }) => type !== "message").map((row) => [row.key, row]));
    this.#rows = rows;
    return rows;
  }

  #build({ entries, pending, hasStart, lastRead, dayKey }: RowBuilderInput): readonly Row[] {
    const rows: Row[] = [];
    const add = (row: Row): void => {
      const known = this.#others.get(row.key);
      rows.push(known && isSame(known, row) ? known : row);
    };
    if (hasStart) add({ type: "start", key: "start" });
    let previous: Entry | undefined;
    let day = "";
    let isMarked = lastRead === undefined || lastRead === entries.at(-1)?.uuid;
    for (const entry of entries) {
      const today = dayKey(entry.at);
      const isNewDay = today !== day;
      if (isNewDay) add({ type: "day", key: `day ${today}`, at: entry.at });
      const isFirstNew = !isMarked && previous?.uuid === lastRead;
      if (isFirstNew) {
        add({ type: "new", key: "new" });
        isMarked = true;
      }
      const isContinued =
        !isNewDay &&
        !isFirstNew &&
        entry.replyTo === undefined &&
        previous?.author === entry.author &&
        entry.at - previous.at < maxGroupGapMs;
      rows.push(this.#message(entry, isContinued));
      previous = entry;
      day = today;
    }
    for (const one of pending) add({ type: "pending", key: `pending ${one.nonce}`, pending: one });
    return rows;
  }

  #message(entry: Entry, isContinued: boolean): MessageRow {
    const known = this.#messages.get(entry);
    if (known?.isContinued === isContinued) return known;
    const row: MessageRow = { type: "message", key: `message ${entry.uuid}`, entry, isContinued };
    this.#messages.set(entry, row);
    return row;
  }
}

const isSame = (one: Row, other: Row): boolean =>
  one.type === "pending" && other.type === "pending"
    ? one.pending === other.pending
    : one.type === other.type;

/** Entries are immutable, so comparing the list by identity is enough. */
const isSameInput = (one: RowBuilderInput, other: RowBuilderInput): boolean =>
  one.entries === other.entries &&
  one.hasStart === other.hasStart &&
  one.lastRead === other.lastRead &&
  one.dayKey === other.dayKey &&
  one.pending.length === other.pending.length &&
  one.pending.every((pending, at) => pending === other.pending[at]);
