import * as v from "valibot";
import { type KeyValueStorage, Stored } from "./stored-value.ts";

/** What was typed into a channel and not sent yet. */
export interface Draft {
  readonly text: string;
  /** The message that it answers. */
  readonly replyTo?: number | undefined;
}

const entries = v.array(
  v.tuple([v.string(), v.object({ text: v.string(), replyTo: v.optional(v.number()) })]),
);
/** More drafts than anybody keeps up. */
const mostDrafts = 200;

/** Text that was typed and not sent, by channel; the oldest give way. */
export class Drafts {
  readonly #stored: Stored<v.InferOutput<typeof entries>>;
  readonly #drafts: Map<string, Draft>;

  constructor(storage: KeyValueStorage) {
    this.#stored = new Stored(storage, "drafts", entries, []);
    this.#drafts = new Map(this.#stored.get());
  }

  get(server: string, channel: number): Draft | undefined {
    return this.#drafts.get(`${server}/${channel}`);
  }

  /** Keeps what has changed of a draft; nothing is kept of an empty one. */
  change(server: string, channel: number, changes: Partial<Draft>): void {
    const key = `${server}/${channel}`;
    const draft = { text: "", ...this.#drafts.get(key), ...changes };
    this.#drafts.delete(key);
    if (draft.text !== "" || draft.replyTo !== undefined) this.#drafts.set(key, draft);
    const [oldest] = this.#drafts.keys();
    if (this.#drafts.size > mostDrafts && oldest !== undefined) this.#drafts.delete(oldest);
    this.#stored.set([...this.#drafts]);
  }
}
