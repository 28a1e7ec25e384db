import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type PacketClient, PostgresServer } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asterite, temporaryFolder } from "../support/asterite.ts";
import { ask, openClient, register, startServer, statusOf } from "../support/server.ts";

async function open(port: number): Promise<PacketClient> {
  const client = await openClient(port);
  await ask(client, "hello", { client: "test/1", extensions: ["reasons"] });
  return client;
}

const outcome = async (client: PacketClient, command: string, fields: object): Promise<unknown[]> => {
  const { status, reason } = (await ask(client, command, fields)).reply;
  return reason === undefined ? [status] : [status, reason];
};

/** Policy of a server without options. */
const strict = { minLength: 8, allowCommon: false };

it("new passwords are long enough and not common, by default", async () => {
  const { port } = await startServer({ passwords: strict });
  const client = await open(port);
  const tooShort = [400, "password:too_short:8"];
  expect(await outcome(client, "register", { uname: "ann", passwd: "" })).toEqual(tooShort);
  expect(await outcome(client, "register", { uname: "ann", passwd: "secret" })).toEqual(tooShort);
  const common = { uname: "ann", passwd: "password1" };
  expect(await outcome(client, "register", common)).toEqual([400, "password:common"]);
  expect(await statusOf(await openClient(port), "register", common)).toBe(400);
  expect(await outcome(client, "register", { uname: "ann", passwd: "a long secret" })).toEqual([200]);
  const change = { old_password: "a long secret", new_password: "12345678" };
  expect(await outcome(client, "change_password", change)).toEqual([400, "password:common"]);
});

it("a stricter policy keeps existing passwords", async () => {
  const database = join(await temporaryFolder(), "aster.db");
  const first = await startServer({ database });
  await register(await openClient(first.port), "ann", "x");
  await first.close();
  const { port } = await startServer({ database, passwords: strict });
  expect(await outcome(await open(port), "login", { uname: "ann", passwd: "x" })).toEqual([200]);
});

it("the operator sets no empty, short or common password", async () => {
  const data = await temporaryFolder();
  const { close } = await startServer({ database: join(data, "aster.db") });
  await close();
  for (const passwd of ["", "secret", "password1"]) {
    const script = `printf %s '${passwd}' | "$@" admin --data '${data}' user create ann --password-stdin`;
    const { code, stderr } = await pipeTo(script);
    expect([passwd, code, /password is (shorter than 8 characters|too common)/.test(stderr)]).toEqual([
      passwd,
      1,
      true,
    ]);
  }
});

async function pipeTo(script: string): Promise<{ code: number | null; stderr: string }> {
  const { spawn } = await import("node:child_process");
  const { asteriteExecutable } = await import("../support/asterite.ts");
  const child = spawn("sh", ["-c", script, "sh", process.execPath, asteriteExecutable], { stdio: "pipe" });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stderr };
}

let postgres: PostgresServer | undefined;
beforeAll(async () => {
  if (PostgresServer.isInstalled) postgres = await PostgresServer.start();
}, 60_000);
afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
});

for (const backEnd of ["SQLite", "PostgreSQL"] as const) {
  const isMissing = backEnd === "PostgreSQL" && !PostgresServer.isInstalled;
  describe.skipIf(isMissing)(`names, ${backEnd}`, () => {
    it("are unique to the eye, composed and without invisible characters", async () => {
      const database = backEnd === "SQLite" ? ":memory:" : (postgres?.createDatabase() ?? "");
      const { port } = await startServer({ database });
      const join = async (uname: string) =>
        outcome(await open(port), "register", { uname, passwd: "secret" });
      expect(await join("admin")).toEqual([200]);
      expect(await join("Zoe\u0308")).toEqual([200]);
      for (const uname of ["аdmin", "ADMIN", "adrnin", "Zoë"]) {
        expect([uname, await join(uname)]).toEqual([uname, [409, "taken:name"]]);
      }
      for (const uname of [" ann", "ann\u200b", "an\u00adn", "\u3164", "\u001b[31mann", "a\tb"]) {
        expect([uname, (await join(uname))[0]]).toEqual([uname, 400]);
      }
      const ann = await open(port);
      await register(ann, "ann");
      expect(await outcome(ann, "nick", { nick: "Admin" })).toEqual([409, "taken:name"]);
      expect(await outcome(ann, "nick", { nick: "ann\u202e" })).toEqual([400, "invalid:nick"]);
      // Another spelling of the own name.
      expect(await outcome(ann, "nick", { nick: "Ann" })).toEqual([200]);
      expect(await join("ANN")).toEqual([409, "taken:name"]);
      expect(await outcome(ann, "nick", { nick: "Berta" })).toEqual([200]);
      expect(await join("ANN")).toEqual([200]);
      const zoe = await open(port);
      expect(await outcome(zoe, "login", { uname: "Zoe\u0308", passwd: "secret" })).toEqual([200]);
    });
  });
}

it("names of another program stay usable, count as taken, and are printed escaped", async () => {
  const data = await temporaryFolder();
  const database = join(data, "aster.db");
  const first = await startServer({ database });
  await register(await openClient(first.port), "old");
  await first.close();
  const raw = new DatabaseSync(database);
  raw.prepare("update users set name = ? where name = 'old'").run("\u001b[31mаnn");
  raw.close();
  const second = await startServer({ database });
  expect(
    await outcome(await open(second.port), "login", { uname: "\u001b[31mаnn", passwd: "secret" }),
  ).toEqual([200]);
  expect(await outcome(await open(second.port), "register", { uname: "[31mann", passwd: "secret" })).toEqual([
    409,
    "taken:name",
  ]);
  await second.close();
  for (const flags of [[], ["--json"]]) {
    const { stdout } = await asterite(["admin", "--data", data, ...flags, "user", "list"]);
    expect(stdout).toContain("\\u001b[31mаnn");
    expect(stdout).not.toContain("\u001b");
  }
});
