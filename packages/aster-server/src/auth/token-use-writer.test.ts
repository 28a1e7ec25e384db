import { silentLogger } from "@asterite/util";
import { expect, it } from "vitest";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";
import { TokenUseWriter } from "./token-use-writer.ts";

const hashOf = (index: number): Uint8Array => new Uint8Array([index]);

async function storeWithTokens(count: number): Promise<{ store: Store; user: number }> {
  const store = await openStore(
    ":memory:",
    { name: "a server", icon: Buffer.alloc(1) },
    silentLogger,
    () => {},
  );
  let user = 0;
  await store.transact({
    run: async (tx) => {
      user = await tx.accounts.add({ name: "ann", pfp: "", password: "" });
      for (let index = 0; index < count; index++)
        await tx.tokens.add({ hash: hashOf(index), user, client: "", date: 1 });
    },
    onCommit() {},
  });
  return { store, user };
}

it("writes the first use immediately and the rest before it closes", async () => {
  const { store, user } = await storeWithTokens(3);
  const uses = new TokenUseWriter(store, silentLogger);
  const lastUsed = async (): Promise<number[]> =>
    (await store.read.tokens.list(user)).map(({ last_used }) => last_used);
  uses.record({ hash: hashOf(0), date: 10 });
  await expect.poll(lastUsed).toEqual([10, 1, 1]);
  uses.record({ hash: hashOf(1), date: 11 });
  uses.record({ hash: hashOf(2), date: 12 });
  uses.record({ hash: hashOf(2), date: 13 });
  await uses.close();
  expect(await lastUsed()).toEqual([10, 11, 13]);
  await store.close();
});

it("keeps writing after a write that failed", async () => {
  const { store } = await storeWithTokens(1);
  let isDown = true;
  const flaky: Store = Object.create(store, {
    transact: {
      value: (unit: Parameters<Store["transact"]>[0]) =>
        isDown ? Promise.reject(new Error("no database")) : store.transact(unit),
    },
  });
  const warned = Promise.withResolvers<void>();
  const uses = new TokenUseWriter(flaky, { ...silentLogger, warn: () => warned.resolve() });
  uses.record({ hash: hashOf(0), date: 10 });
  await warned.promise;
  isDown = false;
  uses.record({ hash: hashOf(0), date: 20 });
  await uses.close();
  const user = (await store.read.tokens.findOwner(hashOf(0)))?.user.uuid ?? 0;
  expect((await store.read.tokens.list(user))[0]?.last_used).toBe(20);
  await store.close();
});
