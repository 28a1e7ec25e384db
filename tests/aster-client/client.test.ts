import { once } from "node:events";
import { Client, type ClientOptions, Message } from "@asterite/aster";
import { FaultProxy } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { ReferenceServer } from "../support/reference-server.ts";
import { startServer } from "../support/server.ts";

const account = { username: "ann", password: "secret", tls: false } as const;

async function serve(): Promise<ReferenceServer> {
  const reference = await ReferenceServer.start();
  onTestFinished(() => reference.stop());
  return reference;
}

function newClient(options: ClientOptions = account): Client {
  const client = new Client(options);
  onTestFinished(() => client.disconnect());
  return client;
}

it("waits in run until all connections are closed", async () => {
  const [one, two] = [await serve(), await serve()];
  const client = newClient();
  const servers = [one, two].map(({ port }) => client.addServer("127.0.0.1", port));
  let isDone = false;
  const running = client.run().then(() => {
    isDone = true;
  });
  await Promise.all(servers.map((server) => server.once("ready")));
  await servers[0]?.disconnect();
  expect(isDone).toBe(false);
  await servers[1]?.disconnect();
  await running;
  await client.closed;
});

it("rejects run when a server refuses the login, and closed once all are closed", async () => {
  const [one, two] = [await serve(), await serve()];
  const client = newClient();
  client.addServer("127.0.0.1", one.port);
  client.addServer("127.0.0.1", two.port, { password: "wrong" });
  await expect(client.run()).rejects.toMatchObject({ command: "login", status: 403 });
  const closed = client.closed;
  const outcome = expect(closed).rejects.toMatchObject({ status: 403 });
  await client.disconnect();
  await outcome;
});

it("disconnects at the end of an await using block", async () => {
  const reference = await serve();
  {
    await using client = new Client(account);
    client.addServer("127.0.0.1", reference.port);
    await client.connect();
    expect(reference.peers.size).toBe(1);
  }
  await expect.poll(() => reference.peers.size).toBe(0);
});

it("emits events of all servers and looks up objects in all", async () => {
  const [one, two] = [await serve(), await serve()];
  two.channels.splice(0, 2, { uuid: 900, name: "random", position: 0, permissions: {} });
  const bob = two.addAccount("bob");
  bob.uuid = 901;
  const client = newClient();
  const [first, second] = [one, two].map(({ port }) => client.addServer("127.0.0.1", port));
  await client.connect();
  expect(client.getUser(901)?.username).toBe("bob");
  expect(client.getChannel(900)).toBe(second?.channels[0]);
  expect(client.getChannelByName("#random")).toBe(second?.channels[0]);
  expect(client.getChannelByName("general")).toBe(first?.channels[0]);
  const abort = new AbortController();
  const iterator = client.events("message", { signal: abort.signal });
  one.say("one");
  two.say("two", bob, 900);
  const messages = [(await iterator.next()).value?.[0], (await iterator.next()).value?.[0]];
  expect(messages.map((message) => message instanceof Message && message.content).toSorted()).toEqual([
    "one",
    "two",
  ]);
  abort.abort();
  expect((await iterator.next()).done).toBe(true);
  const waiting = client.events("status").next();
  const last = client.events("message").next();
  await client.disconnect();
  expect((await waiting).value?.[0]).toBe("closed");
  expect((await last).done).toBe(true);
});

it("reports an error without listener as a process warning and stays connected", async () => {
  const reference = await serve();
  const client = newClient();
  const server = client.addServer("127.0.0.1", reference.port);
  client.on("message", () => {
    throw new Error("from a listener");
  });
  await client.connect();
  const warned = once(process, "warning");
  await server.channels[0]?.send("hi");
  expect((await warned)[0]).toMatchObject({ message: "from a listener" });
  expect(server.status).toBe("ready");
});

it("reports an error thrown by an error listener as a process warning, without a loop", async () => {
  const reference = await serve();
  const client = newClient();
  const server = client.addServer("127.0.0.1", reference.port);
  client.on("message", () => Promise.reject(new Error("first")));
  client.on("error", (error) => {
    throw new Error(`again: ${error instanceof Error ? error.message : error}`);
  });
  await client.connect();
  const warned = once(process, "warning");
  await server.channels[0]?.send("hi");
  expect((await warned)[0]).toMatchObject({ message: "again: first" });
});

it("emits the error of a listener with the server whose event was handled", async () => {
  const [one, two] = [await serve(), await serve()];
  const client = newClient();
  client.addServer("127.0.0.1", one.port);
  const second = client.addServer("127.0.0.1", two.port);
  await client.connect();
  client.on("message", () => {
    throw new Error("of a message");
  });
  client.on("status", () => Promise.reject(new Error("of a status")));
  const errors = client.events("error");
  two.say("hi");
  const [first, from] = (await errors.next()).value ?? [];
  expect(first).toMatchObject({ message: "of a message" });
  expect(from).toBe(second);
  await second.disconnect();
  const [last, lastFrom] = (await errors.next()).value ?? [];
  expect(last).toMatchObject({ message: "of a status" });
  expect(lastFrom).toBe(second);
});

it("calls handlers for every message, own ones too, and for ready once", async () => {
  const reference = await serve();
  const client = newClient({ ...account, reconnect: { firstDelayMs: 5 } });
  const calls: string[] = [];
  client.event(function on_ready() {
    calls.push("ready");
  });
  client.event(function onMessage(message: Message) {
    calls.push(message.content);
  });
  client.event(function on_packet({ command }: { command: string }) {
    if (command === "content") calls.push("packet");
  });
  const server = client.addServer("127.0.0.1", reference.port);
  await client.connect();
  await server.channels[0]?.send("own");
  const again = server.once("ready");
  await reference.restart();
  await again;
  expect(calls).toEqual(["ready", "packet", "own"]);
});

it.each(["lines", "websocket"] as const)("does not crash on flipped bits over %s", async (framing) => {
  const { port } = await startServer({ tls: "insecure-plaintext" });
  const proxy = await FaultProxy.start({ port });
  onTestFinished(() => proxy.close());
  const client = newClient({
    username: "ann",
    password: "secret",
    registerIfMissing: true,
    tls: false,
    framing,
    reconnect: { firstDelayMs: 5, longestDelayMs: 20 },
    requestTimeoutMs: 5_000,
    // New connections are corrupted too until the proxy is healed, so a retry would be useless.
    sendRetryMs: 0,
    // A flipped length makes a frame that never ends.
    idlePingMs: 50,
    pingTimeoutMs: 2_000,
  });
  const server = client.addServer("127.0.0.1", proxy.port);
  await client.connect();
  // Replies with a corrupted name are never matched. A login may take longer than this on a busy machine.
  const shortTimeout = { timeoutMs: 300 };
  for (let seed = 1; seed <= 30; seed++) {
    proxy.inject({ type: "corrupt", direction: "toClient", seed });
    await server.channels[0]?.send(`message ${seed}`, shortTimeout).catch(() => {});
    await server.getResponse({ command: "get_metadata" }, shortTimeout).catch(() => {});
    proxy.heal();
    if (server.status !== "ready") await server.once("ready");
  }
  await expect
    .poll(() => server.getResponse({ command: "ping" }).catch(({ code }) => code), { timeout: 10_000 })
    .toMatchObject({ status: 200 });
});

it("takes handlers by name in an object, in both spellings, and refuses others", async () => {
  const reference = await serve();
  const client = newClient(account);
  const calls: string[] = [];
  client.event({
    onMessage: ({ content }) => calls.push(content),
    on_ready: () => calls.push("ready"),
  });
  client.event({
    onPacket({ command }) {
      if (command === "content") calls.push("packet");
    },
  });
  const server = client.addServer("127.0.0.1", reference.port);
  await client.connect();
  await server.channels[0]?.send("own");
  expect(calls).toEqual(["ready", "packet", "own"]);
  expect(() => client.event({ onMesage() {} } as object)).toThrow("onMesage");
  expect(() => client.event({ onReady: 5 } as object)).toThrow("onReady");
});
