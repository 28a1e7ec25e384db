import * as v from "@asterite/util/schema";
import { type KeyValueStorage, StoredValue } from "./stored-value.ts";

/** Unsent message of a channel. */
export interface Draft {
  readonly text: string;
  /** UUID of the message it replies to. */
  readonly replyTo?: number | undefined;
}

const entries = v.array(v.tuple(v.string, v.object({ text: v.string, replyTo: v.optional(v.number) })));
/** Maximum number of stored drafts. */
const maxDrafts = 200;

/** Unsent messages by channel; the least recently changed are dropped first. */
export class Drafts {
  readonly #stored: StoredValue<v.OutputOf<typeof entries>>;
  readonly #drafts: Map<string, Draft>;

  constructor(storage: KeyValueStorage) {
    this.#stored = new StoredValue(storage, "drafts", entries, []);
    this.#drafts = new Map(this.#stored.get());
  }

  get(server: string, channel: number): Draft | undefined {
    return this.#drafts.get(`${server}/${channel}`);
  }

  /** Updates a draft; an empty one is removed. */
  update(server: string, channel: number, changes: Partial<Draft>): void {
    const key = `${server}/${channel}`;
    const draft = { text: "", ...this.#drafts.get(key), ...changes };
    this.#drafts.delete(key);
    if (draft.text !== "" || draft.replyTo !== undefined) this.#drafts.set(key, draft);
    const [oldest] = this.#drafts.keys();
    if (this.#drafts.size > maxDrafts && oldest !== undefined) this.#drafts.delete(oldest);
    this.#stored.set([...this.#drafts]);
  }
}
