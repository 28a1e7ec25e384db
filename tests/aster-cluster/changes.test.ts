import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asterite, type RunningServer } from "../support/asterite.ts";
import {
  clusterMissing,
  logIn,
  logInWithCursor,
  type Services,
  startCluster,
  startServices,
} from "../support/cluster.ts";
import { ask, firstChannel, statusOf } from "../support/server.ts";

/** Permission bytes that allow all 10 permissions of the protocol. */
const allAllowed = [85, 85, 5];

describe.skipIf(clusterMissing)("administrative changes in a cluster", { timeout: 60_000 }, () => {
  let services: Services;
  beforeAll(async () => {
    services = await startServices();
  }, 60_000);
  afterAll(() => services.stop());

  /** Starts two processes and logs in an administrator to the first. */
  async function administered(nats: boolean) {
    const { members, database } = await startCluster(services, 2, {
      ...(!nats && { nats: null }),
      args: ["--admin-user", "admin", "secret"],
    });
    const [near, far] = members as [RunningServer, RunningServer];
    const admin = await logInWithCursor(near, "admin");
    return { near, far, admin, database };
  }

  const run = async (database: string, ...args: string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await asterite(["admin", "--database", database, "--json", ...args]);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  };

  it.each([true, false])("apply to all processes at once, with NATS: %s", async (nats) => {
    const { far, admin } = await administered(nats);
    const bob = await logInWithCursor(far, "bob");
    const channel = await firstChannel(admin);
    const { reply: made } = await ask(admin, "create_channel", { name: "secret", permissions: {} });
    const secret = Number(made["uuid"]);
    await bob.until(
      ({ command, data }) =>
        command === "list_channels" && (data as { uuid: number }[]).some(({ uuid }) => uuid === secret),
    );
    expect(await statusOf(bob, "send", { channel: secret, content: "hi" })).toBe(200);
    // Denies all permissions to users who are not administrators.
    expect(await statusOf(admin, "set_base_permissions", { permissions: [170, 170, 170] })).toBe(200);
    await bob.until(({ command, data }) => command === "list_channels" && (data as unknown[]).length === 0);
    expect(await statusOf(bob, "send", { channel, content: "hi" })).toBe(404);
    expect(await statusOf(bob, "history", { channel, num: 1 })).toBe(404);
    await ask(admin, "send", { channel, content: "unseen" });
    expect(await statusOf(admin, "set_base_permissions", { permissions: allAllowed })).toBe(200);
    await bob.until(({ command, data }) => command === "list_channels" && (data as unknown[]).length === 2);
    await ask(admin, "send", { channel, content: "seen" });
    const { packet, between } = await bob.until(({ command }) => command === "content");
    expect(packet["content"]).toBe("seen");
    expect(between.some(({ command }) => command === "content")).toBe(false);
  });

  it("close the sessions of a banned user in every process, including one banned from the command line", async () => {
    const { near, far, admin, database } = await administered(true);
    const sessions = [await logIn(near, "bob"), await logIn(far, "bob"), await logIn(far, "bob")];
    const users = (await ask(admin, "get_metadata")).reply["data"] as { uuid: number; name: string }[];
    const bob = users.find(({ name }) => name === "bob")?.uuid;
    expect(await statusOf(admin, "ban_user", { user: bob })).toBe(200);
    await Promise.all(sessions.map(({ closed }) => closed));
    const carl = [await logIn(near, "carl"), await logIn(far, "carl")];
    await run(database, "user", "ban", "carl");
    await Promise.all(carl.map(({ closed }) => closed));
    expect(await run(database, "user", "list")).toHaveLength(3);
  });

  it("update the name, users and groups in clients", async () => {
    const { far, admin, database } = await administered(true);
    const bob = await logInWithCursor(far, "bob");
    await ask(bob, "hello", { client: "test/1", extensions: ["admin", "groups", "cursor"] });
    expect(await statusOf(admin, "set_server", { name: "Renamed" })).toBe(200);
    await bob.until(({ command, data }) => command === "get_name" && data === "Renamed");
    expect((await ask(bob, "get_name")).reply["data"]).toBe("Renamed");
    await run(database, "group", "create", "crew");
    await bob.until(
      ({ command, data }) =>
        command === "list_groups" && (data as { name: string }[]).some(({ name }) => name === "crew"),
    );
    await run(database, "user", "create", "dora");
    await bob.until(
      ({ command, data }) =>
        command === "get_metadata" && (data as { name: string }[]).some(({ name }) => name === "dora"),
    );
  });

  it.each([true, false])("mark a bot in every process, with NATS: %s", async (nats) => {
    const { near, far } = await administered(nats);
    const [marked, plain] = [await logInWithCursor(far, "ann"), await logInWithCursor(far, "bob")];
    await ask(marked, "hello", { client: "test/1", extensions: ["bots", "cursor"] });
    const bot = await logIn(near, "bot");
    expect(await statusOf(bot, "set_bot", { bot: true })).toBe(200);
    expect(await statusOf(bot, "nick", { nick: "robot" })).toBe(200);
    for (const client of [marked, plain]) {
      const { packet } = await client.until(
        ({ command, data }) => command === "get_metadata" && JSON.stringify(data).includes('"robot"'),
      );
      expect(JSON.stringify(packet).includes('"is_bot":true')).toBe(client === marked);
      expect(packet["seq"]).toEqual(expect.any(Number));
    }
    expect(JSON.stringify(plain.packets)).not.toContain("is_bot");
  });

  it("apply slow mode across processes", async () => {
    const { near, far, admin } = await administered(true);
    const made = { name: "slow", permissions: {}, slow_seconds: 60 };
    const channel = (await ask(admin, "create_channel", made)).reply["uuid"];
    const here = await logInWithCursor(near, "bob");
    const there = await logInWithCursor(far, "bob");
    expect(await statusOf(here, "send", { channel, content: "one" })).toBe(200);
    for (const client of [here, there]) {
      const { reply } = await ask(client, "send", { channel, content: "two" });
      expect(reply.status).toBe(403);
      expect(reply["retry_after_ms"]).toBeGreaterThan(30_000);
    }
  });
});
