import * as v from "@asterite/util/schema";
import { cacheName } from "../lib/storage/browser-storage.ts";
import { StoredEntries } from "../lib/storage/stored-entries.ts";
import type { KeyValueStorage } from "../lib/storage/stored-value.ts";
import type { Entry } from "./entry.ts";
import type { ServerSession } from "./server-session.ts";

const lastState = v.object({
  /** Account whose messages these are. */
  username: v.string,
  /** When they were stored, in Unix ms. */
  at: v.number,
  channels: v.array(
    v.object({
      uuid: v.number,
      name: v.string,
      messages: v.array(
        v.object({ uuid: v.number, author: v.string, isBot: v.boolean, at: v.number, content: v.string }),
      ),
    }),
  ),
});

/** Newest messages of the channels last opened, for a start without a connection. */
export type LastState = Readonly<v.OutputOf<typeof lastState>>;

const maxChannels = 6;
const maxMessages = 40;
/** Bound of the texts of one channel in characters: drafts and unsent messages share the storage. */
const maxCharacters = 20_000;

/** Returns the newest entries whose texts fit into the bound. */
function newestWithin(entries: readonly Entry[]): readonly Entry[] {
  let length = 0;
  const tooMany = entries.findLastIndex(({ content }) => {
    length += content.length;
    return length > maxCharacters;
  });
  return entries.slice(tooMany + 1);
}

/** Last state of each server in the browser's storage. It is erased when its account signs out. */
export class LastStates {
  readonly #entries: StoredEntries<LastState>;

  constructor(storage: KeyValueStorage) {
    this.#entries = new StoredEntries<LastState>(storage, cacheName, lastState);
  }

  /** Returns the last state of the account that is signed in on a server. */
  get({ key, saved }: ServerSession): LastState | undefined {
    const state = this.#entries.get(key);
    return saved.token !== undefined && state?.username === saved.username ? state : undefined;
  }

  /** Stores the present state, unless the account has signed out. */
  save(session: ServerSession): void {
    const { key, saved, status, serverInfo, conversations, users } = session;
    if (saved.token === undefined || saved.username === undefined || status !== "ready") return;
    const channels = [...conversations.logs]
      .toReversed()
      .slice(0, maxChannels)
      .flatMap(([uuid, log]) => {
        const channel = serverInfo.channels.find((one) => one.uuid === uuid);
        if (!channel || !log.isLoaded) return [];
        const messages = newestWithin(log.entries.slice(-maxMessages)).map(
          ({ uuid: message, author, at, content }) => ({
            uuid: message,
            author: users.nameOf(author, "…"),
            isBot: users.isBot(author),
            at,
            content,
          }),
        );
        return [{ uuid, name: serverInfo.nameOf(channel), messages }];
      });
    this.#entries.set(key, { username: saved.username, at: Date.now(), channels });
  }

  erase(key: string): void {
    this.#entries.delete(key);
  }
}
