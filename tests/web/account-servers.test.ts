// The account's list of servers, shared by two browsers of one account on a real server.

import { SyncServer } from "@asterite/aster";
import { expect, it } from "vitest";
import { AccountServers, PageSessions } from "../support/page-sessions.ts";
import { startServer } from "../support/server.ts";

/** A browser of ann with her home server, and further servers to which she has not signed in. */
async function openBrowser(port: number, isNew: boolean) {
  const browser = new PageSessions();
  const home = await browser.signIn(port, "ann", isNew);
  return { browser, home, servers: new AccountServers(browser.storage) };
}

const start = () => startServer({ tls: "insecure-plaintext", name: "Garden" });

it("keeps the local list while the account has none, and shares it with other browsers in order", async () => {
  const { port } = await start();
  const one = await openBrowser(port, true);
  const [a, b] = [one.browser.open(1001), one.browser.open(1002)];
  const { merged } = await one.servers.pull(one.home, () => [a, one.home, b]);
  expect(merged).toEqual({
    order: [a.key, one.home.key, b.key],
    added: [],
    removed: [],
    isChanged: true,
  });
  await one.servers.push(one.home, [a, one.home, b]);

  const two = await openBrowser(port, false);
  const pulled = await two.servers.pull(two.home, () => [two.home]);
  expect(pulled.merged).toMatchObject({
    order: [a.key, two.home.key, b.key],
    added: [a.key, b.key],
    isChanged: false,
  });
  expect(pulled.listed.get(a.key)).toEqual({ host: "127.0.0.1", port: 1001, username: "", name: "" });
  expect(pulled.listed.get(two.home.key)).toMatchObject({
    username: "ann",
    name: "Garden",
    user: two.home.selfUuid,
  });
});

it("removes servers in both browsers, and does not bring back one whose removal was not written yet", async () => {
  const { port } = await start();
  const one = await openBrowser(port, true);
  const [a, b] = [one.browser.open(1001), one.browser.open(1002)];
  await one.servers.push(one.home, [one.home, a, b]);
  const two = await openBrowser(port, false);
  const there = [two.home, two.browser.open(1001), two.browser.open(1002)];
  expect((await two.servers.pull(two.home, () => there)).merged.isChanged).toBe(false);

  // The first browser removes one while it cannot write, and is reloaded.
  one.servers.drop(one.home, a);
  const reloaded = new AccountServers(one.browser.storage);
  const { merged } = await reloaded.pull(one.home, () => [one.home, b]);
  expect(merged).toEqual({ order: [one.home.key, b.key], added: [], removed: [], isChanged: true });
  await reloaded.push(one.home, [one.home, b]);

  expect((await two.servers.pull(two.home, () => there)).merged).toEqual({
    order: [two.home.key, b.key],
    added: [],
    removed: [a.key],
    isChanged: false,
  });
});

it("recognises a server of the list under another address by its account, and writes unused fields back", async () => {
  const { port } = await start();
  const { browser, home, servers } = await openBrowser(port, true);
  const pfp = Uint8Array.of(1, 2, 3);
  await home.server?.setSyncServers([
    new SyncServer({
      ip: "garden.example",
      port: 2345,
      name: "Garden",
      pfp,
      uuid: home.selfUuid,
      username: "ann",
    }),
    new SyncServer({ ip: "other.example", port: 2345, name: "Other", pfp, uuid: 77, username: "ann2" }),
    new SyncServer({ ip: "", port: 0, name: "invalid", pfp, username: "" }),
  ]);
  const { merged, listed } = await servers.pull(home, () => [home]);
  const other = "other.example:2345";
  expect(merged).toMatchObject({ order: [home.key, other], added: [other], isChanged: false });
  expect(listed.get(home.key)).toMatchObject({ host: "garden.example" });
  const entry = listed.get(other);
  expect(entry).toMatchObject({ host: "other.example", username: "ann2", user: 77 });
  await servers.push(home, [browser.open(2345, "other.example"), home]);
  const { servers: written } = (await home.server?.command("sync_get_servers", {})) ?? { servers: [] };
  expect(written.map((one) => SyncServer.fromJson(one))).toMatchObject([
    { ip: "other.example", name: "Other", uuid: 77, username: "ann2", pfp },
    // Each browser may open the home server at another address.
    { ip: "garden.example", port: 2345, uuid: home.selfUuid, username: "ann" },
  ]);
});

it("rejects without a connection, and changes nothing", async () => {
  const { port } = await start();
  const one = await openBrowser(port, true);
  const [a, b] = [one.browser.open(1001), one.browser.open(1002)];
  await one.servers.push(one.home, [one.home, a, b]);
  await one.home.signOut();
  await expect(one.servers.pull(one.home, () => [one.home])).rejects.toMatchObject({
    code: "CONNECTION_LOST",
  });
});
