import { silentLogger } from "@asterite/util";
import { expect, it } from "vitest";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";
import { TokenUses } from "./token-uses.ts";

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

it("notes the first use at once, and the others before it is closed", async () => {
  const { store, user } = await storeWithTokens(3);
  const uses = new TokenUses(store, silentLogger);
  const lastUsed = async (): Promise<number[]> =>
    (await store.read.tokens.list(user)).map(({ last_used }) => last_used);
  uses.note({ hash: hashOf(0), date: 10 });
  await expect.poll(lastUsed).toEqual([10, 1, 1]);
  uses.note({ hash: hashOf(1), date: 11 });
  uses.note({ hash: hashOf(2), date: 12 });
  uses.note({ hash: hashOf(2), date: 13 });
  await uses.close();
  expect(await lastUsed()).toEqual([10, 11, 13]);
  await store.close();
});

it("goes on after a write that failed", async () => {
  const { store } = await storeWithTokens(1);
  let isDown = true;
  const flaky: Store = Object.create(store, {
    transact: {
      value: (work: Parameters<Store["transact"]>[0]) =>
        isDown ? Promise.reject(new Error("no database")) : store.transact(work),
    },
  });
  const warned = Promise.withResolvers<void>();
  const uses = new TokenUses(flaky, { ...silentLogger, warn: () => warned.resolve() });
  uses.note({ hash: hashOf(0), date: 10 });
  await warned.promise;
  isDown = false;
  uses.note({ hash: hashOf(0), date: 20 });
  await uses.close();
  const user = (await store.read.tokens.findOwner(hashOf(0)))?.user.uuid ?? 0;
  expect((await store.read.tokens.list(user))[0]?.last_used).toBe(20);
  await store.close();
});
