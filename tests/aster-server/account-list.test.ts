import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connect as connectTls } from "node:tls";
import { deflateSync } from "node:zlib";
import type { AsterServer, AsterServerOptions } from "@asterite/aster-server";
import type { PacketClient } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { encodePng, largePicture } from "../support/pictures.ts";
import { ask, framings, openClient, registered, startServer, statusOf } from "../support/server.ts";

// The list of accounts and their pictures, which everyone may request and which every change is pushed to.

interface Account {
  readonly uuid: number;
  readonly name: string;
  readonly pfp?: string;
  readonly pfp_hash?: string;
}

/** Starts a server with accounts that have a picture, by default of 40 kB. */
async function startWith(
  accounts: number,
  options: Partial<AsterServerOptions> = {},
  picture = largePicture(0),
): Promise<AsterServer> {
  const database = join(await temporaryFolder(), "aster.db");
  await (await startServer({ database })).close();
  const file = new DatabaseSync(database);
  const insert = file.prepare("insert into users (uuid, name, pfp, password) values (?, ?, ?, '!')");
  file.exec("begin");
  for (let index = 1; index <= accounts; index++) insert.run(index, `user ${index}`, picture);
  file.exec("commit");
  file.close();
  return await startServer({ database, ...options });
}

const hello = async (port: number, framing: (typeof framings)[number] = "lines") => {
  const client = await openClient(port, framing);
  await ask(client, "hello", { client: "test", extensions: ["pictures", "cursor", "reasons"] });
  return client;
};

const hashOf = (pfp: string) => createHash("sha256").update(Buffer.from(pfp, "base64")).digest("hex");

describe("the list of accounts", () => {
  it("has at most 8 MiB of pictures for clients that know no hashes, and a picture for every account", async () => {
    const { port } = await startWith(800);
    const { reply } = await ask(await openClient(port), "get_metadata");
    const pictures = (reply["data"] as Account[]).map(({ pfp = "" }) => pfp);
    expect(pictures).toHaveLength(800);
    expect(pictures.every((pfp) => pfp.startsWith("iVBOR"))).toBe(true);
    const bytes = pictures.reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeGreaterThan(7 * 1024 * 1024);
    expect(bytes).toBeLessThan(9 * 1024 * 1024);
    // Each of them is available on its own.
    const { reply: last } = await ask(await openClient(port), "get_user", { uuid: 800 });
    expect((last["data"] as Account).pfp).toBe(largePicture(0));
  });

  it("comes in pages with hashes for clients that know them", async () => {
    const picture = encodePng(1, 1, deflateSync(Buffer.alloc(2)));
    const { port } = await startWith(4500, {}, picture);
    const client = await hello(port);
    const pages: Account[][] = [];
    for (let page = 0, more = true; more; page++) {
      const { reply } = await ask(client, "list_users", { page });
      pages.push(reply["data"] as Account[]);
      more = reply["more"] === true;
    }
    expect(pages.map(({ length }) => length)).toEqual([2000, 2000, 500]);
    expect(pages.flat().map(({ uuid }) => uuid)).toEqual(
      Array.from({ length: 4500 }, (_, index) => index + 1),
    );
    const pfp_hash = hashOf(picture);
    expect(pages[0]?.[0]).toEqual({ uuid: 1, name: "user 1", pfp_hash, groups: [], group_uuid: 0 });
    const { reply } = await ask(client, "get_picture", { uuid: 4500 });
    expect(reply).toMatchObject({ status: 200, data: picture, pfp_hash });
    expect(await statusOf(client, "get_picture", { uuid: 999_999 })).toBe(404);
  });

  it("costs one buffer for 20 readers that do not read, which are ended", { timeout: 60_000 }, async () => {
    // Without a rate: long replies count against it, and the guests of one address would take turns.
    const connection = { stallTimeoutMs: 500, requestsPerSecond: Number.POSITIVE_INFINITY };
    const server = await startWith(800, { connection, statusPort: 0 });
    for (let count = 0; count < 20; count++) {
      const socket = connectTls({ port: server.port, host: "127.0.0.1", rejectUnauthorized: false });
      onTestFinished(() => void socket.destroy());
      socket.on("error", () => {}).pause();
      socket.write('{"command":"get_metadata"}\n'.repeat(5));
    }
    const before = process.memoryUsage().external;
    const metrics = async () => await (await fetch(`http://127.0.0.1:${server.statusPort}/metrics`)).text();
    await expect.poll(metrics, { timeout: 50_000 }).toMatch(/reason="write stalled"\} 20/);
    // 20 copies of the list would be 160 MB more.
    expect(process.memoryUsage().external - before).toBeLessThan(80_000_000);
  });

  it.each(framings)("is whole over %s when the client pings amid it", async (framing) => {
    const { port } = await startWith(800);
    const client = await openClient(port, framing);
    client.send({ command: "get_metadata" });
    // A WebSocket ping; over lines an empty request.
    client.write(framing === "websocket" ? Buffer.from([0x89, 0x80, 0, 0, 0, 0]) : "\n");
    client.send({ command: "ping" });
    const { between } = await client.until(({ command }) => command === "ping");
    const list = between.find(({ command }) => command === "get_metadata");
    expect(list?.["data"]).toHaveLength(800);
  });
});

describe("a changed picture", () => {
  it("is pushed as hash to clients that know hashes, also when they missed it, and as picture to others", async () => {
    const { port } = await startServer();
    const { client: ann, uuid } = await registered(port, "ann");
    const { client: legacy } = await registered(port, "bob");
    const extended = await hello(port);
    await ask(extended, "register", { uname: "carl", passwd: "secret" });
    const { reply: start } = await ask(extended, "hello", {
      client: "test",
      extensions: ["pictures", "cursor"],
    });
    const data = largePicture(1);
    expect(await statusOf(ann, "pfp", { data })).toBe(200);
    const user = { uuid, name: "ann", groups: [], group_uuid: 0 };
    const hashed = { ...user, pfp_hash: hashOf(data) };
    const pushes = async (client: PacketClient) =>
      (await ask(client, "ping")).pushes.filter(({ command }) => command === "get_metadata");
    expect((await pushes(legacy)).at(-1)?.["data"]).toEqual([{ ...user, pfp: data }]);
    expect((await pushes(extended)).at(-1)?.["data"]).toEqual([hashed]);
    expect((await ask(extended, "get_user", { uuid })).reply["data"]).toEqual(hashed);
    const { reply } = await ask(extended, "events_after", { cursor: start["cursor"], limit: 10 });
    expect(reply["events"]).toMatchObject([{ command: "get_metadata", data: [hashed] }]);
    const { reply: list } = await ask(legacy, "get_metadata");
    expect((list["data"] as Account[]).find((account) => account.uuid === uuid)?.pfp).toBe(data);
  });

  it("is refused above 30 changes, whatever the number of connections, and no slow reader is ended", async () => {
    const { port } = await startServer();
    const { client: slow } = await registered(port, "slow");
    const { client: ann } = await registered(port, "ann");
    const sessions = [ann];
    while (sessions.length < 4) {
      const session = await openClient(port);
      await ask(session, "hello", { client: "test", extensions: ["reasons"] });
      await ask(session, "login", { uname: "ann", passwd: "secret" });
      sessions.push(session);
    }
    slow.pause();
    const pictures = [largePicture(2), largePicture(3)];
    const statuses: unknown[] = [];
    await Promise.all(
      sessions.map(async (session) => {
        for (let count = 0; count < 10; count++) {
          const { reply } = await ask(session, "pfp", { data: pictures[count % 2] });
          statuses.push(reply.status);
          if (reply["reason"])
            expect(reply).toMatchObject({ reason: "rate_limited", retry_after_ms: expect.any(Number) });
        }
      }),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(30);
    expect(statuses.filter((status) => status === 403)).toHaveLength(10);
    slow.resume();
    expect(await statusOf(slow, "ping")).toBe(200);
    // Names and declarations have their own limit.
    expect(await statusOf(ann, "nick", { nick: "anna" })).toBe(200);
  });

  it("is not announced with each of many logins", async () => {
    const { port } = await startServer();
    const { client: legacy } = await registered(port, "bob");
    const { client: ann } = await registered(port, "ann");
    const { reply } = await ask(ann, "login", { uname: "ann", passwd: "secret" });
    expect(reply.status).toBe(405);
    for (let count = 0; count < 15; count++) {
      await ask(await openClient(port), "login", { uname: "ann", passwd: "secret" });
    }
    await ask(legacy, "ping");
    const announced = legacy.packets.filter(
      ({ command, data }) => command === "get_metadata" && (data as Account[])[0]?.name === "ann",
    );
    // Her registration and 10 logins.
    expect(announced).toHaveLength(11);
  });
});
