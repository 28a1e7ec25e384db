import type { Message } from "@asterite/aster-protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { backEnds } from "./back-ends.test-support.ts";
import type { Store, StoreAccess } from "./store.ts";

/** A new database for each test. */
class TestDatabase {
  #open: (() => Promise<Store>) | undefined;
  #store: Store | undefined;

  get store(): Store {
    if (!this.#store) throw new Error("the store is not open");
    return this.#store;
  }

  async create(open: () => Promise<Store>): Promise<void> {
    this.#open = open;
    this.#store = await open();
  }

  /** Closes the store and opens the same database again. */
  async reopen(): Promise<void> {
    await this.store.close();
    this.#store = await this.#open?.();
  }

  // Properties, not methods: tests destructure them.
  readonly write = async <Result>(run: (tx: StoreAccess) => Promise<Result>): Promise<Result> => {
    const results: Result[] = [];
    await this.store.transact({ run, onCommit: (result) => void results.push(result) });
    const [result] = results;
    if (results.length !== 1) throw new Error(`onCommit was called ${results.length} times`);
    return result as Result;
  };

  readonly addUser = (name: string): Promise<number> =>
    this.write((tx) => tx.accounts.add({ name, pfp: "", password: "hash" }));

  readonly firstChannel = async (): Promise<number> =>
    (await this.store.read.readAccessRules()).channels[0]?.uuid ?? 0;

  readonly sendMessages = async (texts: readonly string[], author = "ann") => {
    const channel = await this.firstChannel();
    const author_uuid = await this.addUser(author);
    const messages = await this.write(async (tx) => {
      const added: Message[] = [];
      for (const content of texts) {
        const fields = { content, author_uuid, channel_uuid: channel, date: 5, reply: null };
        added.push(await tx.messages.add(fields));
      }
      return added;
    });
    return { channel, messages, author: author_uuid };
  };
}

/** Defines tests that run on every kind of store, each with a new database. */
export function describeStores(subject: string, define: (db: TestDatabase) => void): void {
  describe.each(backEnds())(`${subject} on $name`, (backEnd) => {
    const db = new TestDatabase();
    beforeAll(async () => {
      if (backEnd.missing === undefined) await backEnd.start();
    }, 60_000);
    afterAll(() => backEnd.stop());
    beforeEach(async (context) => {
      if (backEnd.missing !== undefined) return context.skip(backEnd.missing);
      await db.create(await backEnd.create());
    });
    afterEach(async () => {
      if (backEnd.missing === undefined) await db.store.close();
    });
    define(db);
  });
}
