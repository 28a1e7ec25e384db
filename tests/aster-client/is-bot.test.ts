import { Client, Server, type ServerOptions } from "@asterite/aster";
import { FaultProxy } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { startServer } from "../support/server.ts";

const password = "a long secret";

async function connected(port: number, username: string, options: ServerOptions = {}): Promise<Server> {
  const account = { username, password, registerIfMissing: true, reconnect: { firstDelayMs: 5 } };
  const server = new Server("127.0.0.1", port, { ...account, ...options });
  onTestFinished(() => server.disconnect());
  await server.connect();
  return server;
}

/** Counts the declarations among the packets that a server sends. */
function countDeclarations(server: Server): () => number {
  let count = 0;
  server.on("packet", ({ command }) => {
    if (command === "set_bot") count++;
  });
  return () => count;
}

it("declares the account of the option as a bot, which other clients see at once", async () => {
  const { port } = await startServer();
  const ann = await connected(port, "ann");
  expect(ann.self?.isBot).toBe(false);
  const update = ann.waitFor("userUpdate", { filter: (user) => user.isBot });
  const client = new Client({ username: "bot", password, bot: true });
  onTestFinished(() => client.disconnect());
  const bot = client.addServer("127.0.0.1", port, { registerIfMissing: true });
  await client.connect();
  expect(bot.self?.isBot).toBe(true);
  const [user] = await update;
  expect(user.username).toBe("bot");
  expect(user).toBe(ann.getUser(bot.selfUuid ?? 0));
  const message = ann.waitFor("message");
  await bot.channels[0]?.send("beep");
  expect((await message)[0].author.isBot).toBe(true);
});

it("declares only what differs, once, so that later changes stay", async () => {
  const { port } = await startServer();
  const proxy = await FaultProxy.start({ port });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const bot = new Server("127.0.0.1", proxy.port, {
    username: "bot",
    password,
    registerIfMissing: true,
    bot: true,
    reconnect: { firstDelayMs: 5 },
  });
  onTestFinished(() => bot.disconnect());
  const declarations = countDeclarations(bot);
  await bot.connect();
  expect(declarations()).toBe(1);
  const changed = bot.waitFor("userUpdate");
  await bot.account.setBot(false);
  expect((await changed)[0].isBot).toBe(false);
  const ready = bot.once("ready");
  proxy.cut();
  await ready;
  expect([bot.self?.isBot, declarations()]).toEqual([false, 2]);

  for (const [option, expected, sent] of [
    [undefined, false, 0],
    [true, true, 1],
    [undefined, true, 0],
    [true, true, 0],
    [false, false, 1],
  ] as const) {
    const again = new Server("127.0.0.1", port, { username: "bot", password, bot: option });
    onTestFinished(() => again.disconnect());
    const count = countDeclarations(again);
    await again.connect();
    expect([again.self?.isBot, count()]).toEqual([expected, sent]);
    await again.disconnect();
  }
});

it("is false without the extension", async () => {
  const { port } = await startServer();
  await connected(port, "bot", { bot: true });
  const plain = await connected(port, "ann", { extensions: ["cursor"] });
  const known = [...plain.peers.values()].map(({ username, isBot }) => `${username} ${isBot}`);
  expect(known.toSorted()).toEqual(["ann false", "bot false"]);
  const legacy = await connected(port, "bob", { extensions: [], bot: true });
  expect(legacy.self?.isBot).toBe(false);
  await expect(legacy.account.setBot(true)).rejects.toMatchObject({ code: "EXTENSION_MISSING" });
});

it("lets an administrator declare the account of another", async () => {
  const { port } = await startServer({ adminUser: { name: "root", password } });
  const [root, ann] = [await connected(port, "root"), await connected(port, "ann")];
  const update = ann.waitFor("userUpdate");
  await root.admin.setBot(ann.selfUuid ?? 0, true);
  expect((await update)[0]).toBe(ann.self);
  expect(ann.self?.isBot).toBe(true);
  const refused = ann.admin.setBot(root.selfUuid ?? 0, true);
  await expect(refused).rejects.toMatchObject({ status: 403, reason: "permission:modify_user_groups" });
});
