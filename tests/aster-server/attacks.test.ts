import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connect as connectTls } from "node:tls";
import { type PacketClient, settled } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { startServerProcess, temporaryFolder } from "../support/asterite.ts";
import {
  ask,
  firstChannel,
  framings,
  openClient,
  register,
  registered,
  startServer,
  statusOf,
} from "../support/server.ts";

// Attacks that harmed the reference server.

const unlimited = { requestsPerSecond: Number.POSITIVE_INFINITY };
const namesOf = (client: PacketClient) => client.packets.map(({ command }) => command);

/** Checks the functions that fail for all clients once the list of connections contains a dead entry. */
async function expectHealthy(port: number, witness: PacketClient): Promise<void> {
  expect(await statusOf(witness, "ping")).toBe(200);
  const client = await openClient(port);
  const uuid = await register(client, `healthy ${Math.random()}`);
  expect(await statusOf(client, "nick", { nick: `renamed ${Math.random()}` })).toBe(200);
  const channel = await firstChannel(client);
  const { reply } = await ask(client, "send", { content: "x", channel });
  expect(reply.status).toBe(200);
  expect(await statusOf(client, "edit", { message: reply["message"], new_content: "y" })).toBe(200);
  expect(await statusOf(client, "delete", { message: reply["message"] })).toBe(200);
  const online = async () => (await ask(witness, "online")).reply["data"] as number[];
  expect(await online()).toContain(uuid);
  await client.close();
  await witness.until(({ command, data }) => command === "online" && !(data as number[]).includes(uuid));
  expect(await online()).not.toContain(uuid);
}

describe("isolates other clients from", () => {
  it.each(framings)(
    "an invalid permission value over %s, answered 400 even without a login",
    async (framing) => {
      const { port } = await startServer();
      const { client: witness } = await registered(port, "witness");
      const attacker = await openClient(port, framing);
      for (const permissions of [[3], [0, 0, 3], [255, 255, 255], [256], [-1], "x", [3, 3, 3, 3]]) {
        const group = { name: "x", colour: 0, position: 0, permissions };
        expect(await statusOf(attacker, "create_group", group)).toBe(400);
        expect(await statusOf(attacker, "set_base_permissions", { permissions })).toBe(400);
        const overrides = { name: "x", permissions: { "group:1": permissions } };
        expect(await statusOf(attacker, "create_channel", overrides)).toBe(400);
      }
      expect(await statusOf(attacker, "ping")).toBe(200);
      await expectHealthy(port, witness);
    },
  );

  it("a failure inside a command, answered 500 without leaving a dead connection", async () => {
    const database = join(await temporaryFolder(), "aster.db");
    const first = await startServer({ database });
    await first.close();
    // A trigger makes the database fail, since no command is known to.
    const raw = new DatabaseSync(database, { enableForeignKeyConstraints: false });
    raw.exec("create trigger broken before insert on sync_data begin select raise(abort, 'broken'); end");
    raw.close();
    const { port } = await startServer({ database });
    const { client: witness } = await registered(port, "witness");
    const { client } = await registered(port, "ann");
    for (let count = 0; count < 5; count++) {
      expect(await statusOf(client, "sync_set", { uname: "x", pfp: "x" })).toBe(500);
    }
    expect(await statusOf(client, "ping")).toBe(200);
    await expectHealthy(port, witness);
  });

  it("connections that break during handshake, request or reply", async () => {
    const { port } = await startServer();
    const { client: witness, uuid } = await registered(port, "witness");
    for (let count = 0; count < 30; count++) {
      const raw = connectTcp(port, "127.0.0.1");
      const socket = connectTls({ socket: raw, rejectUnauthorized: false });
      raw.on("error", () => {});
      socket.on("error", () => {});
      await once(socket, "secureConnect");
      const gone = new Promise((resolve) => raw.once("close", resolve));
      socket.write(`{"command":"register","uname":"broken ${count}","passwd":"x"}\n{"command":"send","con`);
      if (count % 3 > 0) await once(socket, "data");
      if (count % 3 === 2) raw.resetAndDestroy();
      else socket.destroy();
      await gone;
    }
    await expectHealthy(port, witness);
    const isOnlyWitness = ({ command, data }: { command?: unknown; data?: unknown }) =>
      command === "online" && JSON.stringify(data) === JSON.stringify([uuid]);
    witness.send({ command: "online" });
    await witness.until(isOnlyWitness);
  });
});

describe("guessing passwords", () => {
  it("does not block other clients", async () => {
    const { port } = await startServer({ connection: unlimited });
    const { client: witness } = await registered(port, "ann");
    const guessers = await Promise.all(Array.from({ length: 30 }, () => openClient(port)));
    let pending = guessers.length;
    const guesses = guessers.map(async (client) => {
      const status = await statusOf(client, "login", { uname: "ann", passwd: "wrong" });
      pending--;
      return status;
    });
    // Each reply shows that the event loop was free while passwords were hashed or delayed.
    for (let count = 0; count < 20; count++) {
      expect(await statusOf(witness, "ping")).toBe(200);
      expect(pending).toBeGreaterThan(0);
    }
    expect(new Set(await Promise.all(guesses))).toEqual(new Set([403]));
  });

  it("is limited in a logged-in session too", async () => {
    const { port } = await startServer({
      logins: { failuresPerAddressAndAccount: 2, refusalDelayMs: 20 },
      connection: unlimited,
    });
    const { client } = await registered(port, "ann");
    expect(await statusOf(client, "hello", { client: "x/1", extensions: ["admin"] })).toBe(200);
    const change = (old_password: string) =>
      statusOf(client, "change_password", { old_password, new_password: "mine" });
    expect(await statusOf(client, "change_password", { new_password: "mine" })).toBe(400);
    expect([await change("1"), await change("2"), await change("secret")]).toEqual([403, 403, 403]);
    expect(await statusOf(await openClient(port), "login", { uname: "ann", passwd: "mine" })).toBe(403);
  });
});

describe("permissions", () => {
  it("keep a user who may assign groups from becoming administrator", async () => {
    const { server, admin, adminGroup } = await startAdministered();
    const { client: bob, uuid } = await registered(server.port, "bob");
    const group = { name: "helpers", colour: 0, position: 1 };
    const { reply } = await ask(admin, "hello", { client: "x/1", extensions: ["groups"] });
    expect(reply.status).toBe(200);
    const helpers = (await ask(admin, "create_group", { ...group, permissions: [85, 85, 5] })).reply["uuid"];
    expect(await statusOf(admin, "update_user_groups", { user: uuid, groups: [helpers] })).toBe(200);
    expect(await statusOf(bob, "update_user_groups", { user: uuid, groups: [helpers, adminGroup] })).toBe(
      403,
    );
    expect(await statusOf(bob, "update_group", { uuid: adminGroup, name: "mine" })).toBe(403);
    expect(await statusOf(bob, "update_group", { uuid: helpers, position: 0 })).toBe(403);
    expect(await statusOf(bob, "create_group", { ...group, position: 0, permissions: [85, 85, 5] })).toBe(
      403,
    );
    expect(await statusOf(bob, "delete_group", { uuid: adminGroup })).toBe(403);
  });

  it("hide messages, edits and deletions of a closed channel, and whether they exist", async () => {
    const { server, admin, adminUuid } = await startAdministered();
    const { client: bob, uuid: bobUuid } = await registered(server.port, "bob");
    const anonymous = await openClient(server.port);
    await ask(anonymous, "ping");
    // Only the administrator sees it.
    const closed = { [`user:${bobUuid}`]: [170, 170, 10], [`user:${adminUuid}`]: [85, 85, 5] };
    const channel = (await ask(admin, "create_channel", { name: "closed", permissions: closed })).reply[
      "uuid"
    ];
    const send = async (content: string) =>
      (await ask(admin, "send", { content, channel })).reply["message"] as number;
    const [message, second] = [await send("secret one"), await send("secret two")];
    expect(await statusOf(admin, "edit", { message, new_content: "secret three" })).toBe(200);
    expect(await statusOf(admin, "delete", { message: second })).toBe(200);
    await ask(bob, "ping");
    await ask(anonymous, "ping");
    for (const outsider of [bob, anonymous]) {
      expect(JSON.stringify(outsider.packets)).not.toContain("secret");
      expect(namesOf(outsider)).not.toContain("message_edited");
      expect(namesOf(outsider)).not.toContain("message_deleted");
    }
    const open = await firstChannel(bob);
    expect(await statusOf(bob, "history", { channel, num: 10 })).toBe(404);
    expect(await statusOf(bob, "send", { channel, content: "x" })).toBe(404);
    expect(await statusOf(bob, "history", { channel: open, num: 10, before_message: message })).toBe(404);
    expect(await statusOf(bob, "search", { query: "secret", limit: 5, before: message })).toBe(404);
    expect(await statusOf(bob, "send", { channel: open, content: "x", reply: message })).toBe(404);
    expect(await statusOf(bob, "mark_as_read", { message })).toBe(404);
    expect((await ask(bob, "get_num_unread", { channel })).reply["num"]).toBe(0);
    expect(await statusOf(bob, "get_message", { message })).toBe(404);
    expect(await statusOf(bob, "search", { query: "secret", channel, limit: 5 })).toBe(404);
    expect((await ask(bob, "search", { query: "secret", limit: 5 })).reply["data"]).toEqual([]);
  });
});

describe("limits", () => {
  it("the size of names, contents, history and lines", async () => {
    const { port } = await startServer({ limits: { line: 100_000 }, connection: unlimited });
    const { client: ann } = await registered(port, "ann");
    const channel = await firstChannel(ann);
    const message = (await ask(ann, "send", { content: "x", channel })).reply["message"];
    for (const [command, fields] of [
      ["send", { channel, content: "x".repeat(10_001) }],
      ["edit", { message, new_content: "x".repeat(10_001) }],
      ["nick", { nick: "x".repeat(65) }],
      ["pfp", { data: "x".repeat(40_961) }],
      ["send", { channel, content: "\u2000".repeat(10) }],
    ] as const) {
      expect(await statusOf(ann, command, fields), command).toBe(400);
    }
    expect(await statusOf(ann, "history", { channel, num: 4_294_967_295 })).toBe(200);
    const deep = `{"command":"ping","x":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
    ann.send(deep);
    expect((await ann.until(({ status }) => status === 400)).packet.command).toBe("unknown");
    ann.send(`{"command":"send","content":"${"x".repeat(200_000)}"}`);
    await ann.closed;
    expect(await statusOf(await openClient(port), "ping")).toBe(200);
  });

  it("the requests read ahead of a slow one", async () => {
    const { port } = await startServer({
      connection: unlimited,
      logins: { failuresPerAddressAndAccount: 1, refusalDelayMs: 600_000 },
    });
    await registered(port, "ann");
    const flooder = await openClient(port);
    flooder.send({ command: "login", uname: "ann", passwd: "wrong" });
    const line = `{"command":"ping","x":"${"x".repeat(1024 * 1024)}"}\n`;
    for (let count = 0; count < 48; count++) flooder.write(line);
    // The system's buffers hold some of the 48 MiB as well.
    expect(await settled(() => flooder.unsentBytes)).toBeGreaterThan(24 * 1024 * 1024);
    expect(await statusOf(await openClient(port), "ping")).toBe(200);
  });

  it.each(framings)("the pushes queued for a client that does not read, over %s", async (framing) => {
    const { port } = await startServer({ connection: { ...unlimited, queuedBytes: 256 * 1024 } });
    const { client: ann } = await registered(port, "ann");
    const { client: stalled, uuid } = await registered(port, "stalled", framing);
    const channel = await firstChannel(ann);
    stalled.pause();
    const content = "x".repeat(9000);
    const isOnline = async () => ((await ask(ann, "online")).reply["data"] as number[]).includes(uuid);
    for (let rounds = 0; rounds < 500 && (await isOnline()); rounds++) {
      await Promise.all(Array.from({ length: 20 }, () => ask(ann, "send", { content, channel })));
    }
    expect(await isOnline()).toBe(false);
    expect(await statusOf(ann, "ping")).toBe(200);
  });

  it("the replies to a client that pipelines large requests and reads nothing", async () => {
    const { port } = await startServer({ connection: { ...unlimited, stallTimeoutMs: 300 } });
    const { client: ann } = await registered(port, "ann");
    const channel = await firstChannel(ann);
    const content = "x".repeat(10_000);
    for (let count = 0; count < 50; count++) await ask(ann, "send", { content, channel });
    const { client: greedy, uuid } = await registered(port, "greedy");
    greedy.pause();
    for (let count = 0; count < 2000; count++) greedy.send({ command: "history", channel, num: 50 });
    // The replies would amount to a gigabyte; the client is disconnected when its write stalls.
    const gone = ({ command, data }: { command?: unknown; data?: unknown }) =>
      command === "online" && !(data as number[]).includes(uuid);
    await ann.until(gone);
    expect(await statusOf(ann, "ping")).toBe(200);
  });
});

describe("times out", () => {
  const closed = async (socket: Socket): Promise<string> => {
    let received = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received += chunk;
    });
    onTestFinished(() => void socket.destroy());
    // Not `once`, which would reject on a reset.
    if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
    return received;
  };
  const tls = async (port: number) => {
    const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    return socket;
  };

  it.each(["", "\x16", "\x16\x03\x01\x02\x00\x01"])("a handshake that stops after %j", async (bytes) => {
    const { port } = await startServer({ connection: { handshakeTimeoutMs: 100 } });
    const socket = connectTcp(port, "127.0.0.1");
    socket.write(bytes);
    await closed(socket);
  });

  it("a connection without a first byte", async () => {
    const { port } = await startServer({ connection: { firstByteTimeoutMs: 100 } });
    expect(await closed(await tls(port))).toBe("");
  });

  it("an upgrade that is never completed", async () => {
    const { port } = await startServer({ connection: { firstByteTimeoutMs: 100 } });
    const socket = await tls(port);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n");
    expect(await closed(socket)).toBe("");
  });

  it("an upgrade whose headers never end", async () => {
    const { port } = await startServer({ connection: { firstByteTimeoutMs: 60_000 } });
    const socket = await tls(port);
    socket.write(`GET / HTTP/1.1\r\n${"x: y\r\n".repeat(20_000)}`);
    await closed(socket);
  });

  it("a line that is never completed, but not a connection between lines", async () => {
    const { port } = await startServer({ connection: { lineTimeoutMs: 200 } });
    const patient = await openClient(port);
    await ask(patient, "ping");
    const slow = await openClient(port);
    slow.write('{"command":"ping"}\n{"command":');
    const dripping = setInterval(() => slow.write(" "), 20);
    onTestFinished(() => clearInterval(dripping));
    await slow.closed;
    expect(namesOf(slow)).toEqual(["API_version", "ping"]);
    // More than the timeout has passed for this connection too.
    expect(await statusOf(patient, "ping")).toBe(200);
  });
});

describe("a flood", () => {
  it("of one connection reaches other clients no faster than its rate limit", async () => {
    const { port } = await startServer({ connection: { requestsPerSecond: 20, requestBurst: 10 } });
    const { client: witness } = await registered(port, "witness");
    const { client: flooder } = await registered(port, "flooder");
    const channel = await firstChannel(witness);
    for (let count = 0; count < 1000; count++)
      flooder.send({ command: "send", content: `${count}`, channel });
    // The witness has a rate limit of its own.
    expect(await statusOf(witness, "ping")).toBe(200);
    const arrived = namesOf(witness).filter((name) => name === "content").length;
    expect(arrived).toBeLessThan(1000);
  });

  it("of short connections leaves no open ones", async () => {
    const { port, statusPort } = await startServer({ statusPort: 0 });
    const { client: witness } = await registered(port, "witness");
    for (let round = 0; round < 5; round++) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => openClient(port)));
      for (const client of clients) client.send({ command: "ping" });
      await Promise.all(clients.map((client) => client.close()));
    }
    const openNow = async () => {
      const text = await (await fetch(`http://127.0.0.1:${statusPort}/metrics`)).text();
      return Number(/^asterite_connections\{framing="lines"\} (\d+)$/m.exec(text)?.[1]);
    };
    while ((await openNow()) > 1) await ask(witness, "ping");
    expect(await openNow()).toBe(1);
  });
});

it("logs no secrets at any level", async () => {
  const secret = "hunter2-correct-horse";
  const { port, process: server } = await startServerProcess([
    "--data",
    await temporaryFolder(),
    "--log-level",
    "debug",
  ]);
  for (const framing of framings) {
    const client = await openClient(port, framing);
    const uname = `ann ${framing}`;
    await ask(client, "hello", { client: "x/1", extensions: ["tokens"] });
    const { reply } = await ask(client, "register", { uname, passwd: secret, want_token: true });
    const token = String(reply["token"]);
    expect(token.length).toBeGreaterThan(20);
    const other = await openClient(port, framing);
    for (const [command, fields] of [
      ["login", { uname, passwd: `${secret}-wrong` }],
      ["login", { uname, passwd: [secret] }],
      ["login", { [secret]: secret, passwd: secret }],
      ["login", { token: `${token}x` }],
      ["login", { uname: secret, passwd: secret }],
      ["change_password", { new_password: { secret } }],
      ["register", { uname, passwd: secret }],
      ["register", { uname: " ", passwd: secret }],
      ["login", { token }],
    ] as const) {
      await statusOf(other, command, fields);
    }
    other.send(`{"command":"login","passwd":"${secret}"`);
    other.send(`{"command":"login","passwd":"${secret}"}}`);
    other.send(`{"passwd":"${secret}"}`);
    await statusOf(other, "ping");
    other.write(Buffer.from(`{"command":"login","passwd":"${secret}\xff"}\n`, "latin1"));
    await other.close();
    await statusOf(client, "change_password", { old_password: secret, new_password: `${secret}-new` });
    await client.close();
    const lines = [...server.stdout, ...server.stderr].join("\n");
    expect(lines).not.toContain(secret);
    expect(lines).not.toContain(token);
  }
  await server.stop();
  const lines = [...server.stdout, ...server.stderr];
  expect(lines.join("\n")).not.toContain(secret);
  expect(lines.join("\n")).not.toMatch(/\$argon2|PRIVATE KEY/);
  // The failures were logged.
  expect(lines.filter((line) => line.includes("malformed request")).length).toBeGreaterThan(3);
});
