// Session of the page on a real server: login, token, loss of the connection and other tabs.

import { FaultProxy } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { PageSessions, ready } from "../support/page-sessions.ts";
import { startServer } from "../support/server.ts";
import { connectAs } from "../support/web.ts";

/** Starts a server whose connections pass a proxy. */
async function startFragileServer() {
  const server = await startServer({ tls: "insecure-plaintext", name: "Garden" });
  const proxy = await FaultProxy.start({ port: server.port });
  onTestFinished(() => proxy.close());
  return { server, proxy };
}

it("logs in by password, then by the stored token, and revokes it at sign-out", async () => {
  const { server, proxy } = await startFragileServer();
  const browser = new PageSessions();
  const session = await browser.signIn(proxy.port, "ann");
  const saved = browser.saved.get(session.key);
  expect(saved).toMatchObject({ username: "ann", name: "Garden", token: expect.any(String) });
  expect(JSON.stringify(saved)).not.toContain("secret");
  expect([session.status, session.name, session.selfUuid]).toEqual(["ready", "Garden", saved?.user]);
  await session.close();

  const reloaded = browser.open(proxy.port);
  reloaded.start();
  await ready(reloaded);
  await reloaded.signOut();
  expect([reloaded.status, browser.saved.get(reloaded.key)?.token]).toEqual(["signed-out", undefined]);
  const ann = await connectAs(server.port, { name: "ann" });
  expect(await ann.account.listTokens()).toEqual([]);
});

it("rejects with the cause of a refused login, and stores nothing", async () => {
  const { proxy } = await startFragileServer();
  const browser = new PageSessions();
  await browser.signIn(proxy.port, "ann");
  const other = new PageSessions();
  const session = other.open(proxy.port);
  const wrong = { username: "ann", password: "wrong", isNew: false };
  await expect(session.signIn(wrong, session.address)).rejects.toMatchObject({
    command: "login",
    status: 403,
  });
  expect([session.status, other.saved.list()]).toEqual(["signed-out", []]);
});

it("retries until the server is there, and at once when the device wakes", async () => {
  const { proxy } = await startFragileServer();
  const browser = new PageSessions();
  const session = await browser.signIn(proxy.port, "ann");
  await session.close();
  proxy.inject({ type: "refuse" });
  const reloaded = browser.open(proxy.port);
  reloaded.start();
  expect(reloaded.status).toBe("connecting");
  await expect.poll(() => proxy.counts.refused).toBeGreaterThan(2);
  await expect.poll(() => reloaded.status).toBe("lost");
  expect(reloaded.error).toBeDefined();
  proxy.heal();
  reloaded.wake();
  await ready(reloaded);
  expect(reloaded.error).toBeUndefined();
  proxy.cut();
  await expect.poll(() => reloaded.status).toBe("lost");
  await ready(reloaded);
});

it("erases a refused token, unless another tab has stored a newer one", async () => {
  const { server, proxy } = await startFragileServer();
  const browser = new PageSessions();
  const [one, two] = [await browser.signIn(proxy.port, "ann"), browser.open(proxy.port)];
  const refused = two.saved.token;
  await one.changePassword("secret", "better secret");
  two.start();
  await ready(two);
  expect(two.saved.token).toBe(browser.saved.get(two.key)?.token);
  expect(two.saved.token).not.toBe(refused);

  const ann = await connectAs(server.port, { name: "ann", password: "better secret" });
  await ann.account.changePassword("best secret", { oldPassword: "better secret" });
  for (const tab of [one, two]) await expect.poll(() => tab.status).toBe("signed-out");
  expect(browser.saved.get(one.key)).toMatchObject({ username: "ann" });
  expect(browser.saved.get(one.key)?.token).toBeUndefined();
});

it("adopts a sign-out, a sign-in and another account of another tab", async () => {
  const { proxy } = await startFragileServer();
  const browser = new PageSessions();
  const [one, two] = [await browser.signIn(proxy.port, "ann"), browser.open(proxy.port)];
  two.start();
  await ready(two);
  const adopt = () => two.adopt(browser.saved.get(two.key) ?? two.saved);
  two.conversations.outbox.keep("note", 1, "written by ann", "unknown:channel");
  await one.signOut();
  await adopt();
  expect([two.status, two.saved.token]).toEqual(["signed-out", undefined]);
  await one.signIn({ username: "bob", password: "secret", isNew: true }, one.address);
  await adopt();
  await ready(two);
  expect([two.saved.username, two.selfUuid]).toEqual(["bob", one.selfUuid]);
  // What another account has written is sent on request only.
  expect(two.conversations.outbox.forChannel(1)).toMatchObject([{ isHeld: true, content: "written by ann" }]);
});
