import { describe, expect, it } from "vitest";
import { Client } from "./client.ts";
import { defaultServerOptions, type ServerOptions, settingsFrom } from "./options.ts";
import { Server } from "./server.ts";
import { ConnectionMode } from "./session/connection-mode.ts";

const make = (options: object, host = "test", port = 1) => new Server(host, port, options as ServerOptions);
const good = { username: "ann", password: "secret" };

describe("server options", () => {
  it.each([
    [new Date(0), "test", 1, /options is "1970.*; allowed: an object with connectMode/],
    [new Map(), "test", 1, /options is {}; allowed: an object/],
    [{ ...good, reconnect: /x/ }, "test", 1, /reconnect is {}; allowed: an object/],
    [good, "", 1, /host is ""/],
    [good, "https://test", 1, /host is "https:\/\/test"; allowed: a host name or address, without https/],
    [good, "test:2345", 1, /host is "test:2345"/],
    [good, "a b", 1, /host is "a b"/],
    [good, "ann@test", 1, /host is "ann@test"/],
    [good, "cafe:80", 1, /host is "cafe:80"/],
    [good, "fe80::1%", 1, /host is "fe80::1%"/],
    [good, "[::1]", 1, /host is "\[::1\]".*brackets/],
    [{ ...good, tls: { ca: "./ca.pem" } }, "test", 1, /tls.ca is string; allowed: the text of a PEM file/],
    [{ ...good, tls: { fingerprint256: "AA:BB" } }, "test", 1, /tls.fingerprint256 is "AA:BB"; allowed: 32/],
    [good, "test", 0, /port is 0; allowed: an integer from 1 to 65535/],
    [good, "test", 1.5, /port is 1.5/],
    [{ ...good, connectMode: 4 }, "test", 1, /connectMode is 4/],
    [{ username: "ann" }, "test", 1, /password is undefined/],
    [{ ...good, uuid: 0.5 }, "test", 1, /uuid is 0.5/],
    [{ ...good, username: "" }, "test", 1, /username is ""/],
    [{ token: "" }, "test", 1, /token is empty/],
    [{ ...good, path: "chat/" }, "test", 1, /path is "chat\/"/],
    [{ ...good, clientName: "" }, "test", 1, /clientName is ""/],
    [{ ...good, requestTimeoutMs: 0 }, "test", 1, /requestTimeoutMs is 0/],
    [{ ...good, connectTimeoutMs: Number.NaN }, "test", 1, /connectTimeoutMs is NaN/],
    [{ ...good, idlePingMs: 2 ** 31 }, "test", 1, /idlePingMs/],
    [{ ...good, packetBytes: 10 }, "test", 1, /packetBytes is 10/],
    [{ ...good, cache: { users: -1 } }, "test", 1, /cache.users is -1/],
    [{ ...good, endpoints: "other" }, "test", 1, /endpoints is "other"/],
    [{ ...good, endpoints: [{ host: "", port: 1 }] }, "test", 1, /endpoints.0.host is ""/],
    [{ ...good, endpoints: [{ host: "a", port: 70_000 }] }, "test", 1, /endpoints.0.port is 70000/],
    [{ ...good, catchUpMessages: -1 }, "test", 1, /catchUpMessages/],
    [{ ...good, reconnects: false }, "test", 1, /options has no reconnects; known: .*reconnect/],
    [{ ...good, reconnect: { delayMs: 1 } }, "test", 1, /reconnect has no delayMs; known: firstDelayMs/],
    [{ ...good, reconnect: { firstDelayMs: -1 } }, "test", 1, /reconnect.firstDelayMs is -1/],
    [{ ...good, cache: { messages: 1 } }, "test", 1, /cache has no messages/],
    [{ ...good, tls: { fingerprint: "AA" } }, "test", 1, /tls has no fingerprint; known: fingerprint256/],
    [{ ...good, extensions: ["cursors"] }, "test", 1, /extensions is "cursors"/],
    [{ ...good, framing: "line" }, "test", 1, /framing is "line"; allowed: lines or websocket/],
    [{ ...good, debug: true }, "test", 1, /debug is true; allowed: a function/],
  ])("rejects %j for %s:%s with the name of the option", (options, host, port, message) => {
    expect(() => make(options, host, port)).toThrow(message);
    expect(() => make(options, host, port)).toThrow(expect.objectContaining({ code: "ARGUMENT_INVALID" }));
  });

  it("never includes a password in an error", () => {
    expect(() => make({ username: "", password: "hunter2" })).toThrow(/^(?!.*hunter2)/);
    expect(() => make({ username: "ann", password: 5 })).toThrow(/password is number/);
  });

  it("accepts IPv6 addresses, also with a zone", () => {
    for (const host of ["::", "::1", "fe80::1%eth0", "::ffff:127.0.0.1"])
      expect(make(good, host).host).toBe(host);
  });

  it("refuses to run a client without a server, which would end the program without a word", async () => {
    await expect(new Client(good).run()).rejects.toThrow(
      /the client has no server; call addServer before run/,
    );
  });

  it.each<[string, object]>([
    // Without this check, null would turn TLS off.
    ["tls", { tls: null }],
    ["reconnect", { reconnect: null }],
    ["cache", { cache: null }],
    ["cache", { cache: false }],
    ["clock", { clock: {} }],
    ["extensions", { extensions: "all" }],
    ["tls.firstUse", { tls: { firstUse: {} } }],
    ["tls.checkServerIdentity", { tls: { checkServerIdentity: true } }],
  ])("rejects a %s of another type", (name, options) => {
    expect(() => make({ ...good, ...options })).toThrow(
      expect.objectContaining({ code: "ARGUMENT_INVALID", message: expect.stringContaining(`${name} is `) }),
    );
  });

  it("names the argument of a channel that is looked up by its uuid", () => {
    expect(() => make(good).getChannelByName(5 as never)).toThrow("name is 5; allowed: a string");
  });

  it("accepts minimal options", () => {
    expect(make({ token: "t" }).selfUuid).toBeUndefined();
    expect(make({ uuid: 5, password: "" }).selfUuid).toBe(5);
    expect(make({ connectMode: ConnectionMode.Neither }).status).toBe("idle");
  });
});

it("treats an option with the value undefined as absent", () => {
  expect(settingsFrom({ requestTimeoutMs: undefined } as object).requestTimeoutMs).toBe(
    defaultServerOptions.requestTimeoutMs,
  );
});

describe("Client", () => {
  it.each([{ uuid: 5 }, { token: "t" }, { user: "ann" }])("rejects the option of %j", (options) => {
    expect(() => new Client(options as object)).toThrow(/options has no (uuid|token|user)/);
  });

  it("passes its options to its servers", () => {
    const client = new Client({ ...good, requestTimeoutMs: 5 });
    const server = client.addServer("one", 1);
    expect(client.servers).toEqual([server]);
    expect(() => new Client({ ...good, requestTimeoutMs: -5 }).addServer("one", 1)).toThrow(
      /requestTimeoutMs/,
    );
    expect(() => new Client().addServer("one", 1, good)).not.toThrow();
    expect(() => new Client().addServer("one", 1)).toThrow(/password/);
  });

  it("refuses packets and signals of another type", async () => {
    const server = new Client(good).addServer("one", 1);
    const invalid = { code: "ARGUMENT_INVALID" };
    for (const initCommands of [5, [null], [{ comand: "x" }]]) {
      await expect(server.connect({ initCommands: initCommands as never })).rejects.toMatchObject(invalid);
    }
    await expect(server.connect({ signal: 5 as never })).rejects.toMatchObject(invalid);
    await expect(server.getResponse(null as never)).rejects.toMatchObject(invalid);
    for (const packet of [undefined, 5, {}]) {
      expect(() => server.send(packet as never)).toThrow(expect.objectContaining(invalid));
    }
  });

  it("has no data before it connects and rejects requests", async () => {
    const client = new Client(good);
    const server = client.addServer("one", 1);
    expect([client.getUser(1), client.getChannel(1), client.getChannelByName("x")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(() => server.send({ command: "ping" })).toThrow(
      expect.objectContaining({ code: "CONNECTION_LOST" }),
    );
    await expect(server.fetchUser(1)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    // Which extensions the server has is not known yet.
    await expect(server.search("x")).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await client.disconnect();
    await client.closed;
    await expect(server.fetchUser(1)).rejects.toMatchObject({ code: "CLOSED" });
  });
});
