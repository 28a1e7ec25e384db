import { beforeEach, describe, expect, it } from "vitest";
import { CommandError } from "../errors.ts";
import { type ServerOptions, settingsFrom } from "../options.ts";
import { libraryVersion } from "../version.ts";
import type { Command } from "./command.ts";
import { Login } from "./login.ts";

type Fields = Readonly<Record<string, unknown>>;

const hello = { server: "asterite/1", extensions: ["tokens", "reasons"], limits: { content: 10 } };

/** Replies of the server by command, one after the other; the last one is repeated. */
let replies: Record<string, (Fields | Error)[]>;
let asked: [name: string, fields: Fields][];
let entries: unknown[];

const refused = (command: string, status: number, context = {}) => new CommandError(command, status, context);

const command = ((name: string, fields: Fields) => {
  // Absent and undefined fields are the same on the wire.
  asked.push([name, JSON.parse(JSON.stringify(fields))]);
  const list = replies[name] ?? [];
  const reply = list.length > 1 ? list.shift() : list[0];
  return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
}) as unknown as Command;

const debug = (source: string, event: string, details?: Fields) =>
  void entries.push([source, event, details]);

const create = (options: Partial<ServerOptions> = {}, isDebugged = false) =>
  new Login(
    "test:1",
    settingsFrom({ username: "ann", password: "secret", ...options } as ServerOptions),
    command,
    ...(isDebugged ? [debug] : []),
  );

/** Requests other than `hello`. */
const attempts = () => asked.filter(([name]) => name !== "hello");

beforeEach(() => {
  asked = [];
  entries = [];
  replies = { hello: [hello], login: [{ uuid: 7 }], register: [{ uuid: 8 }] };
});

describe("extensions", () => {
  it("are requested with the name of the program, and those that both have are used", async () => {
    const login = create({ extensions: ["tokens", "nonce"], clientName: "bot/2" });
    await login.run();
    expect(asked[0]).toEqual(["hello", { client: "bot/2", extensions: ["tokens", "nonce"] }]);
    const { features } = login;
    expect([features.has("tokens"), features.has("nonce"), features.has("reasons")]).toEqual([
      true,
      false,
      false,
    ]);
    expect([features.software, features.limits, [...features.extensions]]).toEqual([
      "asterite/1",
      { content: 10 },
      ["tokens"],
    ]);
    expect(() => features.require("tokens")).not.toThrow();
    expect(() => features.require("nonce")).toThrow(
      expect.objectContaining({ code: "EXTENSION_MISSING", server: "test:1" }),
    );
  });

  it("are requested under the name of the library by default, and not at all if there are none", async () => {
    await create({ extensions: ["tokens"] }).run();
    expect(asked[0]?.[1]).toMatchObject({ client: `asterite/${libraryVersion}` });
    asked = [];
    const login = create({ extensions: [] });
    await login.run();
    expect(asked.map(([name]) => name)).toEqual(["login"]);
    expect([login.features.limits, login.features.software]).toEqual([{}, undefined]);
  });

  it("of an earlier connection are forgotten where the server refuses them now", async () => {
    const login = create();
    replies["hello"] = [{ ...hello, cursor: 4 }, refused("hello", 400)];
    await login.run();
    expect([login.features.has("tokens"), login.startPosition?.cursor]).toEqual([true, 4]);
    await login.run();
    expect([login.features.has("tokens"), login.startPosition]).toEqual([false, undefined]);
  });

  it("fail the login if the connection does", async () => {
    const failure = new Error("lost");
    replies["hello"] = [failure];
    await expect(create().run()).rejects.toBe(failure);
    expect(attempts()).toEqual([]);
  });
});

describe("the start position", () => {
  const forks = [{ epoch: "a", cursor: 3 }];

  it("is that of the login, with the forks of the same epoch", async () => {
    replies["hello"] = [{ ...hello, cursor: 4, epoch: "b", forks }];
    replies["login"] = [{ uuid: 7, cursor: 5, epoch: "b" }];
    const login = create();
    await login.run();
    expect(login.startPosition).toEqual({ cursor: 5, epoch: "b", forks });
    replies["login"] = [{ uuid: 7, cursor: 6 }];
    await login.run();
    expect(login.startPosition).toEqual({ cursor: 6, epoch: "b", forks });
    replies["login"] = [{ uuid: 7, cursor: 1, epoch: "c" }];
    await login.run();
    expect(login.startPosition).toEqual({ cursor: 1, epoch: "c", forks: [] });
  });

  it("is that of the negotiation if the login has none, and absent without both", async () => {
    replies["hello"] = [{ ...hello, cursor: 4 }];
    const login = create();
    await login.run();
    expect(login.startPosition).toEqual({ cursor: 4, epoch: undefined, forks: [] });
    replies["hello"] = [hello];
    await login.run();
    expect(login.startPosition).toBeUndefined();
    replies["login"] = [{ uuid: 7, cursor: 2 }];
    await login.run();
    expect(login.startPosition).toEqual({ cursor: 2, epoch: undefined, forks: [] });
  });
});

describe("a login", () => {
  it("uses name and password, and later the uuid", async () => {
    const login = create();
    expect(login.isRequired).toBe(true);
    await login.run();
    expect(login.selfUuid).toBe(7);
    await login.run();
    expect(attempts()).toEqual([
      ["login", { uname: "ann", passwd: "secret" }],
      ["login", { uuid: 7, passwd: "secret" }],
    ]);
  });

  it("is left out if the program wants none", async () => {
    const login = create({ connectMode: 3 });
    expect(login.isRequired).toBe(false);
    await login.run();
    expect(asked.map(([name]) => name)).toEqual(["hello"]);
  });

  it("asks for a token where the program wants one and the server has them, and uses it from then on", async () => {
    replies["login"] = [{ uuid: 7, token: "t" }, { uuid: 7 }];
    const login = create({ wantToken: true });
    await login.run();
    await login.run();
    expect(attempts()).toEqual([
      ["login", { uname: "ann", passwd: "secret", want_token: true }],
      ["login", { token: "t" }],
    ]);
    expect(login.token).toBe("t");
    asked = [];
    replies["hello"] = [{ ...hello, extensions: [] }];
    // The token stays, for a server that has tokens again.
    await login.run();
    expect([attempts(), login.token]).toEqual([[["login", { uuid: 7, passwd: "secret" }]], "t"]);
  });

  it("uses the password again if the token is refused, but not for another reason", async () => {
    for (const context of [{}, { reason: "invalid_token" }]) {
      asked = [];
      replies["login"] = [refused("login", 403, context), { uuid: 7 }];
      const login = create({ token: "t" });
      await login.run();
      expect(attempts().map(([, fields]) => fields)).toEqual([
        { token: "t" },
        { uname: "ann", passwd: "secret" },
      ]);
      expect(login.token).toBeUndefined();
    }
    replies["login"] = [refused("login", 403, { reason: "banned", retryAfterMs: 5 })];
    await expect(create({ token: "t" }).run()).rejects.toMatchObject({
      reason: "banned",
      status: 403,
      retryAfterMs: 5,
      server: "test:1",
    });
  });

  it("with a token alone fails with it, and says so", async () => {
    replies["login"] = [refused("login", 403)];
    const login = create({ token: "t", password: undefined });
    await expect(login.run()).rejects.toThrow("the token is invalid or revoked");
    expect(attempts()).toHaveLength(1);
    replies["login"] = [new Error("lost")];
    await expect(login.run()).rejects.toThrow("lost");
    expect(login.token).toBe("t");
  });

  it("with a token alone uses it on a server that announces no tokens", async () => {
    replies["hello"] = [refused("hello", 400)];
    await create({ token: "t", password: undefined }).run();
    expect(attempts()).toEqual([["login", { token: "t" }]]);
  });

  it("uses a replaced password, without the token that it revoked", async () => {
    replies["login"] = [{ uuid: 7, token: "t" }];
    const login = create({ wantToken: true });
    await login.run();
    login.replacePassword("other");
    expect([login.password, login.token]).toEqual(["other", undefined]);
    await login.run();
    expect(attempts()[1]).toEqual(["login", { uuid: 7, passwd: "other", want_token: true }]);
    // Without the extension there is no token that could have been revoked.
    replies["hello"] = [{ ...hello, extensions: [] }];
    replies["login"] = [{ uuid: 7 }];
    const other = create({ token: "given" });
    await other.run();
    other.replacePassword("other");
    expect(other.token).toBe("given");
  });
});

describe("a registration", () => {
  it("takes name, password, invite and token, and happens once", async () => {
    replies["register"] = [{ uuid: 8, token: "t" }];
    const login = create({ connectMode: 2, invite: "code", wantToken: true });
    await login.run();
    expect([login.selfUuid, login.token]).toEqual([8, "t"]);
    await login.run();
    expect(attempts()).toEqual([
      ["register", { uname: "ann", passwd: "secret", invite: "code", want_token: true }],
      ["login", { token: "t" }],
    ]);
  });

  it("is tried again after it failed", async () => {
    replies["register"] = [new Error("lost"), { uuid: 8 }];
    const login = create({ connectMode: 2 });
    await expect(login.run()).rejects.toThrow("lost");
    await login.run();
    expect(attempts().map(([name]) => name)).toEqual(["register", "register"]);
    expect(attempts()[1]).toEqual(["register", { uname: "ann", passwd: "secret" }]);
  });

  it("follows a login to a missing account, if the program wants it and has a name", async () => {
    replies["login"] = [refused("login", 404)];
    const login = create({ registerIfMissing: true });
    await login.run();
    expect([attempts().map(([name]) => name), login.selfUuid]).toEqual([["login", "register"], 8]);
    for (const options of [
      { registerIfMissing: false },
      { registerIfMissing: true, username: undefined, uuid: 5 },
    ]) {
      await expect(create(options).run()).rejects.toMatchObject({ status: 404 });
    }
    for (const failure of [refused("login", 403), new Error("lost")]) {
      replies["login"] = [failure];
      await expect(create({ registerIfMissing: true }).run()).rejects.toBe(failure);
    }
    expect(attempts().filter(([name]) => name === "register")).toHaveLength(1);
  });

  it("becomes a login if another connection has registered the name meanwhile", async () => {
    replies["login"] = [refused("login", 404), { uuid: 9 }];
    replies["register"] = [refused("register", 409)];
    const login = create({ registerIfMissing: true });
    await login.run();
    expect(login.selfUuid).toBe(9);
    // Taken by a name that looks like it: the registration is what failed.
    replies["login"] = [refused("login", 404)];
    await expect(create({ registerIfMissing: true }).run()).rejects.toMatchObject({ command: "register" });
    replies["login"] = [refused("login", 404), refused("login", 403)];
    await expect(create({ registerIfMissing: true }).run()).rejects.toMatchObject({ status: 403 });
    replies["login"] = [refused("login", 404)];
    replies["register"] = [refused("register", 403)];
    await expect(create({ registerIfMissing: true }).run()).rejects.toMatchObject({
      command: "register",
      status: 403,
    });
  });
});

it("gives the debug hook each decision without secrets", async () => {
  replies["hello"] = [{ ...hello, epoch: "a" }];
  replies["login"] = [refused("login", 403, { reason: "invalid_token" }), refused("login", 404)];
  await create({ token: "t", registerIfMissing: true }, true).run();
  replies["hello"] = [refused("hello", 400)];
  replies["login"] = [{ uuid: 7 }];
  await create({}, true).run();
  const { server: software, extensions, limits } = hello;
  expect(entries).toEqual([
    ["login", "extensions-negotiated", { software, extensions, limits, epoch: "a" }],
    ["login", "attempt", { method: "token" }],
    ["login", "token-refused", { status: 403, reason: "invalid_token" }],
    ["login", "attempt", { method: "password" }],
    ["login", "attempt", { method: "register" }],
    ["login", "extensions-unsupported", { status: 400 }],
    ["login", "attempt", { method: "password" }],
  ]);
});
