import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { asterite, startServerProcess, temporaryFolder } from "../support/asterite.ts";
import { ask, firstChannel, openClient, registered, statusOf } from "../support/server.ts";

const icon = fileURLToPath(new URL("../../packages/aster-server/assets/icon.png", import.meta.url));

/** Runs `asterite admin … --json` and returns the parsed output. */
async function admin(data: string, ...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await asterite(["admin", "--data", data, "--json", ...args]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

describe("asterite admin with a running server", () => {
  // Starts seven processes in sequence.
  it("grants a user all permissions and notifies open sessions", {
    timeout: 60_000,
  }, async () => {
    const data = await temporaryFolder();
    const { port } = await startServerProcess(["--data", data]);
    expect((await stat(join(data, "admin.sock"))).mode & 0o777).toBe(0o600);
    const { client, uuid } = await registered(port, "ann");
    expect(await statusOf(client, "create_channel", { name: "x", permissions: {} })).toBe(403);
    await admin(data, "group", "create", "staff", "--allow", "all");
    expect(await admin(data, "user", "groups", "ann", "--add", "staff")).toEqual({ uuid, groups: ["staff"] });
    const { packet } = await client.until(({ command }) => command === "get_metadata");
    expect(packet["data"]).toMatchObject([{ uuid, groups: [expect.any(Number)] }]);
    expect(await statusOf(client, "create_channel", { name: "x", permissions: {} })).toBe(200);
    expect(await admin(data, "group", "list")).toMatchObject([{ name: "staff", position: 0, denies: "" }]);
    expect(await admin(data, "channel", "list")).toMatchObject([
      { name: "general" },
      { name: "x", position: 1 },
    ]);
    expect(await admin(data, "user", "list")).toEqual([{ uuid, name: "ann", groups: "staff" }]);
  });

  // Starts nine processes in sequence.
  it("adds and removes single groups, and keeps the last administrator", { timeout: 60_000 }, async () => {
    const data = await temporaryFolder();
    const { port } = await startServerProcess(["--data", data]);
    const { uuid } = await registered(port, "ann");
    await admin(data, "group", "create", "staff", "--allow", "all");
    await admin(data, "group", "create", "friends");
    expect(await admin(data, "user", "groups", "ann", "--add", "staff", "--add", "friends")).toEqual({
      uuid,
      groups: ["staff", "friends"],
    });
    expect(await admin(data, "user", "groups", "ann", "--remove", "friends")).toEqual({
      uuid,
      groups: ["staff"],
    });
    const refused = [
      ["user", "groups", "ann", "--remove", "staff"],
      ["user", "ban", "ann"],
      ["user", "delete", "ann"],
      ["group", "delete", "staff"],
      ["group", "update", "staff", "--allow", "ban_users"],
    ];
    for (const args of refused) {
      const { code, stderr } = await asterite(["admin", "--data", data, ...args]);
      expect(code).toBe(1);
      expect(stderr).toContain("the server would have no administrator");
    }
    const { stderr } = await asterite([
      "admin",
      "--data",
      data,
      "user",
      "groups",
      "ann",
      "--remove",
      "friends",
    ]);
    expect(stderr).toContain("ann is not in the group friends");
    expect(await admin(data, "user", "groups", "ann")).toEqual({ uuid, groups: ["staff"] });
  });

  // Starts sixteen processes in sequence.
  it("manages users, passwords, bans, tokens, emoji and channels", {
    timeout: 60_000,
  }, async () => {
    const data = await temporaryFolder();
    const { port } = await startServerProcess(["--data", data]);
    const { password } = (await admin(data, "user", "create", "bob")) as { password: string };
    const login = async (fields: object) => statusOf(await openClient(port), "login", fields);
    expect(await login({ uname: "bob", passwd: password })).toBe(200);
    const { token } = (await admin(data, "token", "create", "bob", "--label", "bot")) as { token: string };
    expect(await login({ token })).toBe(200);
    expect(await admin(data, "token", "list", "bob")).toMatchObject([{ client: "bot" }]);
    const changed = (await admin(data, "user", "password", "bob")) as { password: string };
    expect(await login({ token })).toBe(403);
    expect(await login({ uname: "bob", passwd: password })).toBe(403);
    await admin(data, "user", "ban", "bob");
    expect(await login({ uname: "bob", passwd: changed.password })).toBe(403);
    await admin(data, "user", "unban", "bob");
    expect(await login({ uname: "bob", passwd: changed.password })).toBe(200);
    await admin(data, "user", "rename", "bob", "robert");
    await admin(data, "emoji", "create", "smile", icon);
    expect(await admin(data, "emoji", "list")).toMatchObject([{ name: "smile" }]);
    await admin(data, "emoji", "delete", "smile");
    await admin(data, "channel", "create", "music", "--position", "0", "--slow", "5");
    await admin(data, "channel", "update", "music", "--name", "songs");
    expect(await admin(data, "channel", "list")).toMatchObject([{ name: "songs" }, { name: "general" }]);
    await admin(data, "channel", "delete", "songs");
    expect(await admin(data, "channel", "remove-overrides")).toEqual({ removed: 0 });
    await admin(data, "user", "delete", "robert");
    expect(await admin(data, "user", "list")).toMatchObject([{ name: "deleted user" }]);
  });

  // Starts six processes in sequence.
  it("backs up a running server and restores only a stopped one", {
    timeout: 60_000,
  }, async () => {
    const data = await temporaryFolder();
    const server = await startServerProcess(["--data", data, "--rate-limit", "off"]);
    const { client } = await registered(server.port, "ann");
    const channel = await firstChannel(client);
    for (let count = 0; count < 200; count++) client.send({ command: "send", content: `${count}`, channel });
    const backup = join(data, "backup.db");
    await admin(data, "backup", backup);
    await ask(client, "send", { content: "after the backup", channel });
    const again = await asterite(["admin", "--data", data, "backup", backup]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("already exists") });
    const tooEarly = await asterite(["admin", "--data", data, "restore", backup]);
    expect(tooEarly).toMatchObject({ code: 1, stderr: expect.stringContaining("in use by another process") });
    await server.process.stop();
    const restored = await asterite(["admin", "--data", data, "restore", backup]);
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining(".before-restore-") });
    const second = await startServerProcess(["--data", data]);
    const reader = await openClient(second.port);
    await ask(reader, "login", { uname: "ann", passwd: "secret" });
    const { reply } = await ask(reader, "history", { channel, num: 1000 });
    const contents = (reply["data"] as { content: string }[]).map(({ content }) => content);
    expect(contents).not.toContain("after the backup");
    expect(contents).toEqual(contents.map((_, index) => `${index}`));
  });
});

// Starts nine processes in sequence.
it("makes bots, marks accounts as bots, and gives and revokes their tokens", {
  timeout: 90_000,
}, async () => {
  const data = await temporaryFolder();
  const { port } = await startServerProcess(["--data", data]);
  const login = async (token: unknown) => statusOf(await openClient(port), "login", { token });
  const created = (await admin(data, "bot", "create", "dice")) as { uuid: number; token: string };
  expect(await login(created.token)).toBe(200);
  await registered(port, "ann");
  expect(await admin(data, "bot", "mark", "ann")).toMatchObject({ bot: true });
  expect(await admin(data, "bot", "list")).toMatchObject([{ name: "dice" }, { name: "ann" }]);
  await admin(data, "bot", "unmark", "ann");
  expect(await admin(data, "bot", "list")).toEqual([{ uuid: created.uuid, name: "dice" }]);
  const { token } = (await admin(data, "bot", "token", "dice")) as { token: string };
  const open = await openClient(port);
  expect(await statusOf(open, "login", { token })).toBe(200);
  expect(await admin(data, "bot", "revoke", "dice")).toMatchObject({ revoked: [1, 2] });
  await open.closed;
  expect([await login(token), await login(created.token)]).toEqual([403, 403]);
  expect(await admin(data, "audit", "--actor", "operator", "--action", "revoke_user_token")).toHaveLength(2);
});

// Starts six processes in sequence.
it("starts a new epoch of a stopped server, by which clients notice an older data folder", {
  timeout: 60_000,
}, async () => {
  const data = await temporaryFolder();
  const helloTo = async (port: number) =>
    (await ask(await openClient(port), "hello", { client: "test/1", extensions: ["cursor"] })).reply;
  const first = await startServerProcess(["--data", data]);
  const before = await helloTo(first.port);
  const tooEarly = await asterite(["admin", "--data", data, "new-epoch"]);
  expect(tooEarly).toMatchObject({ code: 1, stderr: expect.stringContaining("in use by another process") });
  await first.process.stop();
  const started = await asterite(["admin", "--data", data, "new-epoch"]);
  expect(started).toMatchObject({ code: 0, stdout: expect.stringContaining("A new epoch has started") });
  const second = await startServerProcess(["--data", data]);
  const after = await helloTo(second.port);
  expect(after["server_id"]).toBe(before["server_id"]);
  expect(after["epoch"]).not.toBe(before["epoch"]);
  expect(after["forks"]).toEqual([{ epoch: before["epoch"], cursor: before["cursor"] }]);
  expect(await admin(data, "audit", "--action", "new_epoch")).toMatchObject([{ actor: -1, result: "ok" }]);
  const missing = await asterite(["admin", "--data", join(data, "none"), "new-epoch"]);
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining("does not exist") });
});

// Starts nine processes in sequence.
it("lists the audit log with filters, in readable form and as JSON, with escaped names", {
  timeout: 60_000,
}, async () => {
  const data = await temporaryFolder();
  const { port } = await startServerProcess(["--data", data]);
  const { uuid } = await registered(port, "ann");
  await admin(data, "user", "ban", "ann");
  await admin(data, "channel", "create", "music\u001b[31m\u2028\u009b2J\u202e");
  const wrong = await openClient(port);
  await ask(wrong, "login", { uname: "ann", passwd: "wrong" });
  const audit = (...args: string[]) => admin(data, "audit", ...args);
  expect(await audit("--actor", "operator", "--target", "user:ann", "--since", "1h")).toMatchObject([
    { actor: -1, action: "ban_user", target: `user:${uuid}`, after: { banned: true }, result: "ok" },
  ]);
  expect(await audit("--action", "login", "--limit", "1")).toMatchObject([
    { actor: null, address: "127.0.0.1", result: "wrong_password" },
  ]);
  expect(await audit("--since", "2100-01-01")).toEqual([]);
  const { stdout } = await asterite(["admin", "--data", data, "audit"]);
  expect(stdout).toMatch(/operator +ban_user +user:ann +ok +banned: false → true/);
  expect(stdout).toContain("music\\u001b[31m\\u2028\\u009b2J\\u202e");
  for (const sign of ["\u001b", "\u2028", "\u009b", "\u202e"]) expect(stdout).not.toContain(sign);
  const invalid = await asterite(["admin", "--data", data, "audit", "--since", "yesterday"]);
  expect(invalid).toMatchObject({ code: 1, stderr: expect.stringContaining("Must be an age such as 30m") });
});

describe("asterite admin without a server", () => {
  // Starts four processes in sequence.
  it("changes the database file directly", { timeout: 60_000 }, async () => {
    const data = await temporaryFolder();
    const first = await startServerProcess(["--data", data]);
    await first.process.stop();
    await expect(stat(join(data, "admin.sock"))).rejects.toThrow("ENOENT");
    await admin(data, "user", "create", "ann");
    await admin(
      data,
      "group",
      "create",
      "staff",
      "--allow",
      "ban_users",
      "--deny",
      "send_messages",
      "--colour",
      "ff8800",
    );
    const list = await asterite(["admin", "--data", data, "group", "list"]);
    expect(list.stdout).toMatch(
      /^position +uuid +name +allows +denies\n0 +\d+ +staff +ban_users +send_messages$/,
    );
  });

  it.each([
    [["user", "password", "nobody"], "no such user: nobody"],
    [["user", "create", " "], "invalid name: 1 to 64 characters"],
    [["group", "create", "x", "--allow", "everything"], "all or one of: modify_channels"],
    [["group", "create", "x", "--colour", "red"], "such as ff8800"],
    [["channel", "create", "x", "--position", "7"], "invalid value"],
    [["emoji", "create", "x", "none.png"], "cannot read none.png"],
    [["restore", "none.db"], "file none.db does not exist"],
  ])("reports why %j fails without a stack trace", async (args, message) => {
    const data = await temporaryFolder();
    const server = await startServerProcess(["--data", data]);
    await server.process.stop();
    const { code, stderr } = await asterite(["admin", "--data", data, ...args]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  // Starts five processes in sequence.
  it("restores over a damaged database and keeps it", {
    timeout: 60_000,
  }, async () => {
    const data = await temporaryFolder();
    const first = await startServerProcess(["--data", data]);
    await registered(first.port, "ann");
    await first.process.stop();
    const backup = join(data, "backup.db");
    await admin(data, "backup", backup);
    const junk = "no database ".repeat(1000);
    await writeFile(join(data, "aster.db"), junk);
    const restored = await asterite(["admin", "--data", data, "restore", backup]);
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining(".before-restore-") });
    expect(await readFile(restored.stdout.trim().split(" ").at(-1) ?? "", "utf8")).toBe(junk);
    expect((await readdir(data)).filter((name) => name.includes("restoring"))).toEqual([]);
    expect(await admin(data, "user", "list")).toMatchObject([{ name: "ann" }]);

    // SQLite would replay the WAL of another database into the restored one.
    await rm(join(data, "aster.db"));
    await writeFile(join(data, "aster.db-wal"), "the log of another database");
    expect(await asterite(["admin", "--data", data, "restore", backup])).toMatchObject({ code: 0 });
    const logs = (await readdir(data)).filter((name) => name.endsWith("-wal"));
    expect(logs).toEqual([expect.stringMatching(/^aster\.db\.before-restore-.*-wal$/)]);
  });

  // Starts three processes in sequence.
  it("refuses to restore an invalid file and to administer a missing database", {
    timeout: 60_000,
  }, async () => {
    const data = await temporaryFolder();
    const server = await startServerProcess(["--data", data]);
    await server.process.stop();
    const junk = join(data, "junk.db");
    await writeFile(junk, "no database ".repeat(1000));
    const before = await stat(join(data, "aster.db"));
    const restored = await asterite(["admin", "--data", data, "restore", junk]);
    expect(restored).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot be opened") });
    expect((await stat(join(data, "aster.db"))).ino).toBe(before.ino);
    const nowhere = await asterite(["admin", "--data", join(data, "none"), "user", "list"]);
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining("does not exist") });
  });
});
