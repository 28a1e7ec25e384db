import { deflateSync } from "node:zlib";
import { WebSocketClient } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { encodePng } from "../support/pictures.ts";
import { ask, openClient, registered, startServer, statusOf } from "../support/server.ts";

// Web pages of other sites, people from outside the local network, and what one account may store.

async function openWebSocket(port: number, plaintext: boolean, headers: Record<string, string>) {
  const client = await WebSocketClient.connect({ port, plaintext, insecure: true, headers });
  onTestFinished(() => client.close());
  return client;
}

const isOpen = (port: number, plaintext: boolean, origin: string): Promise<boolean> =>
  openWebSocket(port, plaintext, { origin }).then(
    async (client) => (await statusOf(client, "ping")) === 200,
    () => false,
  );

it("accepts pages of the same host on both ports, and those of other sites on the TLS port only", async () => {
  const { port, plainPort = 0 } = await startServer({ plainPort: 0 });
  expect(await isOpen(port, false, `https://127.0.0.1:${port}`)).toBe(true);
  expect(await isOpen(plainPort, true, `http://127.0.0.1:${plainPort}`)).toBe(true);
  expect(await isOpen(port, false, "https://evil.example")).toBe(true);
  expect(await isOpen(plainPort, true, "https://evil.example")).toBe(false);
  const native = await openClient(plainPort, "websocket", { plaintext: true });
  expect(await statusOf(native, "ping")).toBe(200);
});

it("accepts only listed pages of other sites where some are listed", async () => {
  const allowedOrigins = ["https://page.example"];
  const { port, plainPort = 0 } = await startServer({ plainPort: 0, allowedOrigins });
  for (const [at, plaintext] of [
    [port, false],
    [plainPort, true],
  ] as const) {
    expect(await isOpen(at, plaintext, "https://page.example")).toBe(true);
    expect(await isOpen(at, plaintext, "https://evil.example")).toBe(false);
  }
  await expect(startServer({ allowedOrigins: ["page.example"] })).rejects.toThrow("allowedOrigins");
});

it("registers people of the local network without an invite, and others not", async () => {
  const proxies = { networks: ["127.0.0.0/8"] };
  const { port } = await startServer({ registration: "local", proxies });
  const from = async (address: string, name: string) => {
    const client = await openWebSocket(port, false, { "x-forwarded-for": address });
    const { reply } = await ask(client, "hello", { client: "test", extensions: ["reasons"] });
    const { reply: registration } = await ask(client, "register", { uname: name, passwd: "secret" });
    return [reply["registration"], registration.status, registration["reason"]];
  };
  expect(await from("192.168.1.7", "ann")).toEqual(["open", 200, undefined]);
  expect(await from("fd00::7", "bob")).toEqual(["open", 200, undefined]);
  expect(await from("203.0.113.7", "eve")).toEqual(["invite", 403, "invite_required"]);
  expect(await from("2001:db8::7", "eve")).toEqual(["invite", 403, "invite_required"]);
});

it("registers no account in the local network for a page of another site, or for a name that resolves to it", async () => {
  const { port, plainPort = 0 } = await startServer({ registration: "local", plainPort: 0 });
  const from = async (at: number, origin: string, host: string) => {
    const client = await openWebSocket(at, at === plainPort, { origin, host });
    const { reply } = await ask(client, "hello", { client: "test", extensions: [] });
    const status = await statusOf(client, "register", { uname: `${origin} ${at}`, passwd: "secret" });
    return [reply["registration"], status];
  };
  expect(await from(port, "https://evil.example", `127.0.0.1:${port}`)).toEqual(["invite", 403]);
  expect(await from(plainPort, "http://evil.example:1", "evil.example:1")).toEqual(["invite", 403]);
  expect(await from(port, "https://chat.example", `chat.example:${port}`)).toEqual(["open", 200]);
  expect(await from(plainPort, "http://chat.local", "chat.local")).toEqual(["open", 200]);
});

it("stores no more sync data of an account than its quota", async () => {
  const { port } = await startServer({ capacity: { syncBytes: 5000, syncServers: 3 } });
  const { client } = await registered(port, "ann");
  await ask(client, "hello", { client: "test", extensions: ["reasons"] });
  const entry = {
    uuid: null,
    uname: "ann",
    ip: "example.org",
    port: 2345,
    pfp: "x".repeat(500),
    name: "X",
    idx: 0,
  };
  const setServers = async (count: number, pfp = entry.pfp) =>
    (
      await ask(client, "sync_set_servers", {
        servers: Array.from({ length: count }, () => ({ ...entry, pfp })),
      })
    ).reply;
  const setProfile = async (pfp: string) => (await ask(client, "sync_set", { uname: "ann", pfp })).reply;
  expect((await setServers(3)).status).toBe(200);
  expect(await setServers(4)).toMatchObject({ status: 409, reason: "quota:sync_servers:3" });
  expect((await setProfile("x".repeat(2000))).status).toBe(200);
  expect(await setProfile("x".repeat(4000))).toMatchObject({ status: 409, reason: "quota:sync_bytes:5000" });
  expect(await setServers(3, "x".repeat(1500))).toMatchObject({
    status: 409,
    reason: "quota:sync_bytes:5000",
  });
  const { reply } = await ask(client, "sync_get");
  expect(reply["pfp"]).toHaveLength(2000);
});

// One more than there is room for: the server starts with one channel and one group.
it.each([
  ["create_channel", { name: "x", permissions: {} }, 500, "quota:channels:500"],
  ["create_group", { name: "x", colour: 0, position: 1, permissions: [0, 0, 0] }, 250, "quota:groups:250"],
  [
    "create_emoji",
    { name: "x", data: encodePng(1, 1, deflateSync(Uint8Array.of(0, 0))) },
    501,
    "quota:emoji:500",
  ],
])(
  "%s is refused above a number that fits into a list for all users",
  async (command, fields, tries, reason) => {
    const { admin } = await startAdministered({
      connection: { requestsPerSecond: Number.POSITIVE_INFINITY },
    });
    await ask(admin, "hello", { client: "test", extensions: ["reasons"] });
    const refused: unknown[] = [];
    for (let count = 0; count < tries; count++) {
      const { reply } = await ask(admin, command, fields);
      if (reply.status !== 200) refused.push(reply);
    }
    expect(refused).toEqual([{ command, status: 409, reason }]);
  },
  60_000,
);

it("refuses more than 500 overrides of a channel", async () => {
  const { admin } = await startAdministered({});
  await ask(admin, "hello", { client: "test", extensions: ["reasons"] });
  const overrides = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`user:${index + 1}`, [0, 0, 0]]));
  const refused = { status: 409, reason: "quota:overrides:500" };
  const create = { name: "x", permissions: overrides(501) };
  expect((await ask(admin, "create_channel", create)).reply).toMatchObject(refused);
  const { reply } = await ask(admin, "create_channel", { ...create, permissions: overrides(500) });
  expect(reply.status).toBe(200);
  const update = { uuid: reply["uuid"], permissions: overrides(501) };
  expect((await ask(admin, "update_channel", update)).reply).toMatchObject(refused);
});
