import { openAdministration } from "@asterite/aster-server";
import { type PacketClient, PostgresServer } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

/** Ports of the processes that serve one database: one with SQLite, two with PostgreSQL. */
interface Served {
  readonly ports: readonly [first: number, other: number];
  readonly database: string;
}

let postgres: PostgresServer | undefined;

beforeAll(async () => {
  if (PostgresServer.isInstalled) postgres = await PostgresServer.start();
}, 60_000);

afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
});

async function serveSqlite(): Promise<Served> {
  const { port } = await startServer();
  return { ports: [port, port], database: ":memory:" };
}

async function servePostgres(): Promise<Served> {
  const database = postgres?.createDatabase();
  if (database === undefined) throw new Error("PostgreSQL is not installed");
  const [first, other] = [await startServer({ database }), await startServer({ database })];
  return { ports: [first.port, other.port], database };
}

async function open(port: number, ...extensions: string[]): Promise<PacketClient> {
  const client = await openClient(port);
  await ask(client, "hello", { client: "test/1", extensions: ["reasons", "tokens", "admin", ...extensions] });
  return client;
}

const outcome = async (client: PacketClient, command: string, fields: object): Promise<unknown[]> => {
  const { status, reason } = (await ask(client, command, fields)).reply as {
    status: number;
    reason?: string;
  };
  return reason === undefined ? [status] : [status, reason];
};

const password = { uname: "ann", passwd: "secret" };

const backEnds = [
  { name: "SQLite", serve: serveSqlite, isMissing: false },
  { name: "two processes on PostgreSQL", serve: servePostgres, isMissing: !PostgresServer.isInstalled },
];

for (const { name, serve, isMissing } of backEnds) {
  describe.skipIf(isMissing)(`sessions, ${name}`, () => {
    it("end when the password changes, in every process, but for the one that changed it", async () => {
      const { ports } = await serve();
      const [changer, legacy, byToken] = [
        await open(ports[0]),
        await openClient(ports[1]),
        await open(ports[1]),
      ];
      const { reply } = await ask(changer, "register", { ...password, want_token: true });
      await ask(legacy, "login", password);
      expect(await statusOf(byToken, "login", { token: reply["token"] })).toBe(200);
      const change = { old_password: "secret", new_password: "another" };
      expect(await outcome(changer, "change_password", change)).toEqual([200]);
      await Promise.all([legacy.closed, byToken.closed]);
      expect(await outcome(changer, "online", {})).toEqual([200]);
      const again = await open(ports[1]);
      expect(await outcome(again, "login", { token: reply["token"] })).toEqual([403, "invalid_token"]);
      expect(await outcome(again, "login", password)).toEqual([403, "wrong_password"]);
      expect(await outcome(again, "login", { uname: "ann", passwd: "another" })).toEqual([200]);
    });

    it("end with the token that opened them, or that they were issued", async () => {
      const { ports } = await serve();
      const [owner, issued, opened, legacy] = [
        await open(ports[0]),
        await open(ports[1]),
        await open(ports[1]),
        await openClient(ports[1]),
      ];
      await register(owner, "ann");
      await ask(legacy, "login", password);
      const { reply } = await ask(issued, "login", { ...password, want_token: true });
      await ask(opened, "login", { token: reply["token"] });
      const [token] = (await ask(owner, "list_tokens")).reply["data"] as { id: number }[];
      expect(await outcome(owner, "revoke_token", { id: token?.id })).toEqual([200]);
      await Promise.all([issued.closed, opened.closed]);
      expect(await statusOf(legacy, "ping")).toBe(200);
    });

    it("end when the account is banned or deleted", async () => {
      const { ports, database } = await serve();
      const [first, other] = [await open(ports[0]), await open(ports[1])];
      const uuid = await register(first, "ann");
      await ask(other, "login", password);
      expect(await outcome(first, "delete_account", { user: uuid })).toEqual([403, "reauthenticate"]);
      const wrong = { user: uuid, password: "wrong" };
      expect(await outcome(first, "delete_account", wrong)).toEqual([403, "wrong_password"]);
      expect(await outcome(first, "delete_account", { user: uuid, password: "secret" })).toEqual([200]);
      await Promise.all([first.closed, other.closed]);
      if (database === ":memory:") return;
      const [bob, bobs] = [await open(ports[0]), await open(ports[1])];
      const bobUuid = await register(bob, "bob");
      await ask(bobs, "login", { uname: "bob", passwd: "secret" });
      const operator = await openAdministration(database);
      await operator.execute({ command: "set_password", user: bobUuid, password: "given by the operator" });
      await operator.close();
      await Promise.all([bob.closed, bobs.closed]);
    });
  });
}

it("opened by a token need the password for another password, a deletion or a token", async () => {
  const { port } = await startServer();
  const owner = await open(port);
  const { reply } = await ask(owner, "register", { ...password, want_token: true });
  const { token, uuid } = reply;
  // Without `hello`, as whoever copied the token would do.
  const legacy = await openClient(port);
  expect(await statusOf(legacy, "login", { token, want_token: true })).toBe(403);
  expect(await statusOf(legacy, "login", { token })).toBe(200);
  expect(await statusOf(legacy, "change_password", { new_password: "mine" })).toBe(403);
  expect(await statusOf(legacy, "delete_account", { user: uuid })).toBe(403);
  const client = await open(port);
  expect(await outcome(client, "login", { token })).toEqual([200]);
  expect(await outcome(client, "change_password", { new_password: "mine" })).toEqual([403, "reauthenticate"]);
  const change = { new_password: "mine", old_password: "secret" };
  expect(await outcome(client, "change_password", change)).toEqual([200]);
  expect(await outcome(client, "online", {})).toEqual([200]);
  await legacy.closed;
});

it("by password without hello change the password without the old one, but check one that is given", async () => {
  const { port } = await startServer();
  const [legacy, second] = [await openClient(port), await openClient(port)];
  await register(legacy, "ann");
  await ask(second, "login", password);
  const wrong = { new_password: "mine", old_password: "wrong" };
  expect(await statusOf(legacy, "change_password", wrong)).toBe(403);
  expect(await statusOf(legacy, "change_password", { new_password: "mine" })).toBe(200);
  await second.closed;
  expect(await statusOf(legacy, "hello", { client: "x/1", extensions: [] })).toBe(200);
  expect(await statusOf(legacy, "change_password", { new_password: "theirs" })).toBe(400);
});

it("refuse the requests that were still running when they ended", async () => {
  const { port } = await startServer();
  const [first, second] = [await openClient(port), await openClient(port)];
  await register(first, "ann");
  await ask(second, "login", password);
  // Both hash their passwords at the same time; only one of them may win, and it ends the other.
  first.send({ command: "change_password", new_password: "of the first" });
  second.send({ command: "change_password", new_password: "of the second" });
  await Promise.race([first.closed, second.closed]);
  const again = await openClient(port);
  const logins = [];
  for (const passwd of ["of the first", "of the second"]) {
    logins.push(await statusOf(again, "login", { uname: "ann", passwd }));
  }
  expect(logins.toSorted()).toContain(200);
  const winner = logins[0] === 200 ? first : second;
  expect(await statusOf(winner, "online")).toBe(200);
});

it.each(framings)("run no request behind the one that ends them: %s", async (framing) => {
  const { port } = await startServer({ connection: { requestsPerSecond: 50, requestBurst: 50 } });
  const { client: reader } = await registered(port, "reader");
  for (const end of ["delete_account", "revoke_token"] as const) {
    const { client: owner, uuid: user } = await registered(port, end);
    await ask(owner, "hello", { client: "test/1", extensions: ["tokens", "admin"] });
    const channel = await firstChannel(owner);
    const { reply } = await ask(await openClient(port), "login", {
      uname: end,
      passwd: "secret",
      want_token: true,
    });
    const client = await openClient(port, framing);
    await ask(client, "login", { token: reply["token"] });
    const [token] = (await ask(client, "list_tokens")).reply["data"] as { id: number }[];
    client.send({ command: end, user, password: "secret", id: token?.id });
    // More than the rate allows at once, so that the queue is not empty before the connection would close.
    const sender = setInterval(() => client.send({ command: "send", channel, content: "late" }), 5);
    for (let count = 0; count < 60; count++) client.send({ command: "send", channel, content: "late" });
    await client.closed;
    clearInterval(sender);
    expect(client.packets.filter(({ command }) => command === end)).toMatchObject([{ status: 200 }]);
  }
  await ask(reader, "ping");
  expect(reader.packets.filter(({ command }) => command === "content")).toEqual([]);
});

it("keep their token in use; tokens that are not used expire", async () => {
  const second = 1 / 86_400;
  const { port } = await startServer({ tokenIdleDays: second });
  const owner = await open(port);
  const { reply } = await ask(owner, "register", { ...password, want_token: true });
  const { token } = reply;
  const session = await open(port);
  expect(await outcome(session, "login", { token })).toEqual([200]);
  await expect
    .poll(async () => (await ask(owner, "list_tokens")).reply["data"], { timeout: 5000 })
    .toEqual([]);
  expect(await outcome(await open(port), "login", { token })).toEqual([403, "invalid_token"]);
  await session.close();
  await expect
    .poll(async () => ((await ask(owner, "list_tokens")).reply["data"] as object[]).length, { interval: 20 })
    .toBe(1);
});
