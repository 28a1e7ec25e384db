import { expect, it } from "vitest";
import { AccountDirectory, accountsPerPage } from "./account-directory.ts";
import type { AccountStore, StoredUser } from "./store/store.ts";

const plain = { hasBots: false, hasHashes: false };
const hashes = { hasBots: true, hasHashes: true };

const account = (uuid: number, change: Partial<StoredUser> = {}): StoredUser => ({
  uuid,
  name: `user "${uuid}"`,
  pfp: "AQID",
  groups: [uuid, 7],
  isBot: false,
  ...change,
});

const dataOf = (packet: { readonly text: string }) => JSON.parse(packet.text).data;

/** Accounts as a store returns them, in pages. */
const storeOf = (users: readonly StoredUser[], onList = (): void => {}) =>
  ({
    list: ({ after, limit = users.length } = {}) => {
      onList();
      const start = users.findIndex(({ uuid }) => uuid === after) + 1;
      return Promise.resolve(users.slice(start, start + limit));
    },
  }) as Pick<AccountStore, "list">;

it("lists the accounts in the form of the connection, in order of creation", () => {
  const directory = new AccountDirectory(1000);
  directory.set(account(5));
  directory.set(account(3, { isBot: true }));
  directory.set(account(5, { name: "renamed" }));
  expect(dataOf(directory.list(plain))).toEqual([
    { uuid: 5, name: "renamed", pfp: "AQID", groups: [5, 7], group_uuid: 0 },
    { uuid: 3, name: 'user "3"', pfp: "AQID", groups: [3, 7], group_uuid: 0 },
  ]);
  const pfp_hash = "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81";
  expect(dataOf(directory.list(hashes))[1]).toEqual({
    uuid: 3,
    name: 'user "3"',
    pfp_hash,
    groups: [3, 7],
    group_uuid: 0,
    is_bot: true,
  });
});

it("builds a list once for all readers, and again after a change", () => {
  const directory = new AccountDirectory(1000);
  directory.set(account(1));
  const list = directory.list(plain);
  expect(directory.list(plain)).toBe(list);
  expect(directory.page(0, hashes)).toBe(directory.page(0, hashes));
  // Pages that do not exist share one packet, so that they cannot fill the memory.
  expect(directory.page(7, hashes)).toBe(directory.page(8, hashes));
  directory.set(account(1));
  expect(directory.list(plain)).not.toBe(list);
});

it("replaces pictures beyond the budget by one that every client decodes", () => {
  const directory = new AccountDirectory(10);
  for (const uuid of [1, 2, 3]) directory.set(account(uuid));
  const pictures = () => dataOf(directory.list(plain)).map(({ pfp }: { pfp: string }) => pfp.slice(0, 4));
  expect(pictures()).toEqual(["AQID", "AQID", "iVBO"]);
  directory.set(account(1, { pfp: "AQIDAQIDAQID" }));
  expect(pictures()).toEqual(["iVBO", "AQID", "iVBO"]);
});

it("returns 100,000 accounts in one list and in pages, as parsable packets", async () => {
  const directory = new AccountDirectory(8 * 1024 * 1024);
  const users = Array.from({ length: 100_000 }, (_, index) =>
    account(index + 1, { pfp: "A".repeat(892), groups: [] }),
  );
  await directory.load(storeOf(users));
  const { text } = directory.list(plain);
  expect(text.length).toBeLessThan(40_000_000);
  expect(JSON.parse(text).data).toHaveLength(100_000);
  const uuids: number[] = [];
  for (let page = 0, more = true; more; page++) {
    const packet: { data: { uuid: number }[]; more: boolean } = JSON.parse(directory.page(page, hashes).text);
    expect(packet.data.length).toBeLessThanOrEqual(accountsPerPage);
    uuids.push(...packet.data.map(({ uuid }) => uuid));
    more = packet.more;
  }
  expect(uuids).toEqual(users.map(({ uuid }) => uuid));
});

it("keeps changes that are published while it is loaded, and drops accounts that are gone", async () => {
  const directory = new AccountDirectory(1000);
  directory.set(account(9));
  const store = storeOf([account(1), account(2)], () => directory.set(account(1, { name: "newer" })));
  await directory.load(store);
  const names = dataOf(directory.list(plain)).map(({ name }: { name: string }) => name);
  expect(names).toEqual(["newer", 'user "2"']);
});
