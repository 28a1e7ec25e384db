// Connecting again, wrong ports and protocols, refused logins, the debug log, and what the library reports.

import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server as NetServer } from "node:net";
import { AsterError, Client, type DebugEntry, Server, type ServerOptions } from "@asterite/aster";
import { selfSigned } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ReferenceOptions, ReferenceServer } from "../support/reference-server.ts";
import { startServer } from "../support/server.ts";

const account = { username: "ann", password: "secret", tls: false } as const;
const quick = { firstDelayMs: 5, longestDelayMs: 20 };

async function serve(options: ReferenceOptions = {}): Promise<ReferenceServer> {
  const reference = await ReferenceServer.start(options);
  onTestFinished(() => reference.stop());
  return reference;
}

function newServer(port: number, options: ServerOptions = {}): Server {
  const server = new Server("127.0.0.1", port, { ...account, ...options });
  onTestFinished(() => server.disconnect());
  return server;
}

/** Listens with a plain server and returns the port. */
async function listen(server: NetServer): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const failureOf = (server: Server): Promise<AsterError> =>
  server.connect().then(
    () => Promise.reject(new Error("connected")),
    (error: unknown) => (error instanceof AsterError ? error : Promise.reject(error)),
  );

describe("connect", () => {
  it("connects anew after a failed first attempt", async () => {
    const reference = await serve();
    const server = newServer(reference.port);
    await reference.stop();
    expect(await failureOf(server)).toMatchObject({ code: "CONNECT_FAILED" });
    expect(server.status).toBe("closed");
    await reference.listen();
    await server.connect();
    expect([server.status, server.channels.length]).toEqual(["ready", 2]);
  });

  it("connects anew after disconnect, with the events of the new connection only", async () => {
    const reference = await serve({ extensions: ["cursor"] });
    const server = newServer(reference.port);
    const seen: string[] = [];
    server.on("message", ({ content }) => seen.push(content));
    await server.connect();
    const [channel] = server.channels;
    await server.disconnect();
    await server.closed;
    reference.say("while closed");
    await server.connect({ initCommands: [{ command: "get_last_reads" }] });
    expect(server.channels[0]).toBe(channel);
    expect(reference.peer.received.map(({ command }) => command)).toContain("get_last_reads");
    await channel?.send("after");
    expect(seen).toEqual(["after"]);
    const iterator = server.events("message");
    reference.say("for the iterator");
    expect((await iterator.next()).value?.[0].content).toBe("for the iterator");
    // A later loss is caught up with as usual.
    const ready = server.once("ready");
    await reference.stop();
    reference.say("missed");
    await reference.listen();
    await ready;
    expect(seen).toEqual(["after", "for the iterator", "missed"]);
  });

  it("connects anew after disconnect during a catch-up, and receives again", async () => {
    const reference = await serve({ extensions: ["cursor"] });
    const server = newServer(reference.port, { reconnect: quick });
    const seen: string[] = [];
    server.on("message", ({ content }) => seen.push(content));
    await server.connect();
    const catchingUp = Promise.withResolvers<void>();
    reference.intercept = (_peer, { command }) => {
      if (command !== "events_after") return undefined;
      catchingUp.resolve();
      return null;
    };
    await reference.restart();
    await catchingUp.promise;
    await server.disconnect();
    reference.intercept = () => undefined;
    await server.connect();
    reference.say("live");
    await server.getResponse({ command: "ping" });
    expect(seen).toEqual(["live"]);
  });

  it("resolves at once while connected, and sends initCommands then too", async () => {
    const reference = await serve();
    const server = newServer(reference.port);
    await Promise.all([server.connect({ initCommands: [{ command: "get_last_reads" }] }), server.connect()]);
    await server.connect({ initCommands: [{ command: "get_num_unread", channel: 201 }] });
    await server.getResponse({ command: "ping" });
    const names = reference.everyPeer.flatMap(({ received }) => received.map(({ command }) => command));
    expect(names.filter((name) => name === "get_last_reads" || name === "get_num_unread")).toEqual([
      "get_last_reads",
      "get_num_unread",
    ]);
  });

  it("of a client connects those servers anew that are closed", async () => {
    const [one, two] = [await serve(), await serve()];
    const client = new Client(account);
    onTestFinished(() => client.disconnect());
    for (const { port } of [one, two]) client.addServer("127.0.0.1", port);
    await two.stop();
    await expect(client.connect()).rejects.toMatchObject({ code: "CONNECT_FAILED" });
    await two.listen();
    await client.connect();
    expect(client.servers.map(({ status }) => status)).toEqual(["ready", "ready"]);
    expect(one.everyPeer).toHaveLength(1);
    await client.disconnect();
    await client.connect();
    const next = client.waitFor("message", { filter: ({ content }) => content === "hello" });
    one.say("other");
    one.say("hello");
    expect((await next)[0].content).toBe("hello");
  });

  it("keeps trying from the start with the option initial", async () => {
    const reference = await serve();
    const server = newServer(reference.port, { reconnect: { ...quick, initial: true } });
    await reference.stop();
    const errors: (string | undefined)[] = [];
    server.on("status", (status, _server, error) => status === "waiting" && errors.push(error?.code));
    const connected = server.connect();
    await expect.poll(() => errors.length).toBeGreaterThan(2);
    await reference.listen();
    await connected;
    expect(new Set(errors)).toEqual(new Set(["CONNECT_FAILED"]));
  });

  it("ends at once when the login is refused, even with the option initial", async () => {
    const reference = await serve();
    const reconnect = { ...quick, initial: true };
    expect(await failureOf(newServer(reference.port, { reconnect, password: "wrong" }))).toMatchObject({
      code: "COMMAND_FAILED",
      command: "login",
      status: 403,
    });
    expect(reference.everyPeer).toHaveLength(1);
  });
});

describe("a wrong address is named with its cause:", () => {
  it("no server", async () => {
    const reference = await serve();
    await reference.stop();
    const error = await failureOf(newServer(reference.port));
    expect(error.code).toBe("CONNECT_FAILED");
    expect(error.message).toBe(
      `127.0.0.1:${reference.port}: cannot connect: connection refused: no server listens on this port (ECONNREFUSED)`,
    );
    // Both families of localhost fail, with an error of Node that has no message of its own.
    const byName = new Server("localhost", reference.port, account);
    expect((await failureOf(byName)).message).toMatch(/connection refused: no server listens/);
    const unknown = new Server("no-such-host.invalid", 1, account);
    expect((await failureOf(unknown)).message).toMatch(/^no-such-host.invalid:1: .*cannot be resolved/);
  });

  it("no server at any of several endpoints, each named once", async () => {
    const [one, two] = [await serve(), await serve()];
    await Promise.all([one.stop(), two.stop()]);
    const server = newServer(one.port, { endpoints: [{ host: "127.0.0.1", port: two.port }] });
    const refused = "connection refused: no server listens on this port (ECONNREFUSED)";
    expect((await failureOf(server)).message).toBe(
      `127.0.0.1:${one.port}: cannot connect: ${[one, two].map(({ port }) => `127.0.0.1:${port}: ${refused}`).join("; ")}`,
    );
  });

  it("TLS on a port without, for lines and WebSocket", async () => {
    const { port } = await serve();
    const real = await startServer({ tls: "insecure-plaintext" });
    for (const framing of ["lines", "websocket"] as const) {
      for (const at of [port, real.port]) {
        const error = await failureOf(newServer(at, { tls: {}, framing }));
        expect([error.code, error.server]).toEqual(["CONNECT_FAILED", `127.0.0.1:${at}`]);
        expect(error.message).toMatch(/TLS.*set tls: false/);
      }
    }
  });

  it("TLS on a port that does not answer", async () => {
    const port = await listen(createServer((socket) => socket.on("error", () => {})));
    const error = await failureOf(newServer(port, { tls: {}, connectTimeoutMs: 300 }));
    expect(error).toMatchObject({ code: "TIMED_OUT", server: `127.0.0.1:${port}` });
    expect(error.message).toMatch(/TLS handshake was not finished in time.*tls: false/);
  });

  it("no TLS on a port with, for lines and WebSocket", async () => {
    const { port } = await serve({ certificate: await selfSigned() });
    const real = await startServer();
    for (const framing of ["lines", "websocket"] as const) {
      for (const at of [port, real.port]) {
        const error = await failureOf(newServer(at, { framing }));
        expect([error.code, error.server]).toEqual(["CONNECT_FAILED", `127.0.0.1:${at}`]);
        expect(error.message).toMatch(/uses TLS on this port.*remove tls: false/);
      }
    }
  });

  it("an HTTP port", async () => {
    const port = await listen(
      createHttpServer((_request, response) => {
        response.writeHead(404).end();
      }),
    );
    expect((await failureOf(newServer(port))).message).toMatch(
      new RegExp(`^127.0.0.1:${port}: .*HTTP port.*framing: "websocket"`),
    );
    expect((await failureOf(newServer(port, { framing: "websocket" }))).message).toMatch(
      new RegExp(`^127.0.0.1:${port}: .*HTTP status (404|400): no Aster server at this address and path`),
    );
  });

  it("WebSocket on a port with lines only", async () => {
    const { port } = await serve();
    expect((await failureOf(newServer(port, { framing: "websocket" }))).message).toMatch(
      new RegExp(`^127.0.0.1:${port}: .*does not speak HTTP.*framing: "lines"`),
    );
  });
});

describe("the debug log", () => {
  it("has attempts, packets, states, decisions and retries, and no secrets", async () => {
    const reference = await serve({ extensions: ["cursor", "tokens", "nonce"] });
    const entries: DebugEntry[] = [];
    const server = newServer(reference.port, {
      reconnect: quick,
      wantToken: true,
      endpoints: [{ host: "127.0.0.1", port: reference.port }],
      debug: (entry) => entries.push(entry),
    });
    await server.connect();
    await server.channels[0]?.send("a private text");
    const ready = server.once("ready");
    await reference.restart();
    await ready;
    const events = new Set(entries.map(({ source, event }) => `${source} ${event}`));
    for (const expected of [
      "session connect-attempt",
      "session state-changed",
      "session retry-scheduled",
      "socket endpoint-chosen",
      "socket packet-sent",
      "socket packet-received",
      "login extensions-negotiated",
      "login attempt",
      "catch-up started",
      "catch-up events-replayed",
    ]) {
      expect(events).toContain(expected);
    }
    expect(entries.every(({ details }) => details["server"] === `127.0.0.1:${reference.port}`)).toBe(true);
    const sent = entries.find(
      ({ event, details }) => event === "packet-sent" && details["command"] === "send",
    );
    expect(sent?.details["bytes"]).toBeGreaterThan(40);
    const text = JSON.stringify(entries);
    expect(server.token).toMatch(/^token-/);
    for (const secret of ["secret", server.token ?? "", "a private text"]) expect(text).not.toContain(secret);
  });

  it("does not disturb the connection when its function throws, which is reported", async () => {
    const reference = await serve();
    const warned = once(process, "warning");
    const server = newServer(reference.port, {
      debug: ({ event }) => {
        if (event === "connect-attempt") throw new Error("broken debug function");
      },
    });
    await server.connect();
    expect((await warned)[0]).toMatchObject({ message: "broken debug function" });
  });
});

it("reports an error of a listener with its stack where no listener for errors is", async () => {
  const reference = await serve();
  const server = newServer(reference.port);
  await server.connect();
  function faultyListener() {
    throw new TypeError("boom");
  }
  server.on("message", faultyListener);
  const warned = once(process, "warning");
  reference.say("hello");
  const [warning] = await warned;
  expect(warning).toMatchObject({ name: "TypeError", message: "boom", cause: expect.any(TypeError) });
  expect(warning.detail).toMatch(/TypeError: boom\n.*at faultyListener .*connecting\.test\.ts:\d+/s);
});

describe("refusals", () => {
  it("carry the reason of the server, in words and as sent", async () => {
    const reference = await serve();
    const server = newServer(reference.port);
    await server.connect();
    reference.intercept = (peer, { command }) => {
      if (command !== "send") return undefined;
      reference.tell(peer, { command, status: 403, reason: "permission:send_messages" });
      return null;
    };
    await expect(server.channels[0]?.send("x")).rejects.toMatchObject({
      reason: "permission:send_messages",
      message: expect.stringMatching(/status 403: the permission send_messages is missing/),
    });
  });

  it("of a token because of a ban are not followed by the password", async () => {
    const reference = await serve({ extensions: ["tokens"] });
    reference.intercept = (peer, { command }) => {
      if (command !== "login") return undefined;
      reference.tell(peer, { command, status: 403, reason: "banned" });
      return null;
    };
    const error = await failureOf(newServer(reference.port, { token: "token" }));
    expect(error).toMatchObject({
      reason: "banned",
      message: expect.stringMatching(/the account is banned/),
    });
    expect(reference.peer.received.filter(({ command }) => command === "login")).toHaveLength(1);
  });
});

describe("sync data", () => {
  it("of servers without a name and picture are the server list", async () => {
    const reference = await serve();
    const server = newServer(reference.port);
    await server.connect();
    expect(await server.fetchSync()).toBeUndefined();
    const wire = { uuid: 1, uname: "ann", ip: "other", port: 2345, pfp: null, name: "Other", idx: 0 };
    await server.getResponse({ command: "sync_set_servers", servers: [wire] });
    const sync = await server.fetchSync();
    expect([sync?.uname, sync?.pfp.length, sync?.servers.map(({ name }) => name)]).toEqual([
      "",
      0,
      ["Other"],
    ]);
  });
});
