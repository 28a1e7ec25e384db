import * as v from "@asterite/util/schema";
import { Signal } from "../signal.ts";
import { StoredEntries } from "./stored-entries.ts";
import { type KeyValueStorage, StoredValue } from "./stored-value.ts";

const chosenCommand = v.object({
  /** UUID of the bot. */
  bot: v.number,
  prefix: v.string,
  name: v.string,
});

/** Command of a bot that was chosen from the completion: the text is sent to the bot alone, not as a message. */
export type ChosenCommand = Readonly<v.OutputOf<typeof chosenCommand>>;

const draft = v.object({
  text: v.string,
  /** UUID of the message it replies to. */
  replyTo: v.optional(v.number),
  command: v.optional(chosenCommand),
  /** Unix time of the last change in ms. */
  at: v.number,
});

/** List of earlier versions. */
const oldDrafts = v.array(v.tuple(v.string, v.object({ text: v.string, replyTo: v.optional(v.number) })));

/** Unsent message of a channel. */
export type Draft = Readonly<Omit<v.OutputOf<typeof draft>, "at">>;

const isSameCommand = (one: ChosenCommand | undefined, other: ChosenCommand | undefined): boolean =>
  one?.bot === other?.bot && one?.prefix === other?.prefix && one?.name === other?.name;

/** Maximum number of stored drafts. */
const maxDrafts = 200;

/** Unsent messages by channel; the least recently changed are dropped first. */
export class Drafts {
  /** Notifies of drafts that another tab has changed. */
  readonly signal = new Signal();
  readonly #stored: StoredEntries<v.OutputOf<typeof draft>>;

  constructor(storage: KeyValueStorage) {
    this.#stored = new StoredEntries(storage, "draft", draft);
    this.#takeOver(storage);
    this.#stored.subscribe(() => this.signal.notify());
  }

  get(server: string, channel: number): Draft | undefined {
    this.signal.track();
    const found = this.#stored.get(`${server}/${channel}`);
    return found && { text: found.text, replyTo: found.replyTo, command: found.command };
  }

  /** Updates a draft; an empty one is removed. */
  update(server: string, channel: number, changes: Partial<Draft>): void {
    const key = `${server}/${channel}`;
    const before = this.#stored.get(key);
    const { text, replyTo, command } = { text: "", ...before, ...changes };
    const isSame = text === (before?.text ?? "") && replyTo === before?.replyTo;
    if (isSame && isSameCommand(command, before?.command)) return;
    if (text === "" && replyTo === undefined) this.#stored.delete(key);
    else this.#stored.set(key, { text, replyTo, command, at: Date.now() });
    if (!before) this.#dropOldest();
  }

  /** Returns the drafts of a server by channel. */
  forServer(server: string): ReadonlyMap<number, Draft> {
    this.signal.track();
    const own = this.#stored.list().filter(([key]) => key.startsWith(`${server}/`));
    return new Map(own.map(([key, value]) => [Number(key.slice(server.length + 1)), value]));
  }

  /** Converts the list of earlier versions, which stored all drafts in one entry, oldest first. */
  #takeOver(storage: KeyValueStorage): void {
    const old = new StoredValue(storage, "drafts", oldDrafts, []).get();
    for (const [index, [key, { text, replyTo }]] of old.entries()) {
      if (!this.#stored.get(key)) this.#stored.set(key, { text, replyTo, at: index });
    }
    storage.removeItem("asterite.drafts");
  }

  #dropOldest(): void {
    const entries = this.#stored.list().toSorted(([, one], [, other]) => one.at - other.at);
    for (const [key] of entries.slice(0, Math.max(0, entries.length - maxDrafts))) this.#stored.delete(key);
  }
}
