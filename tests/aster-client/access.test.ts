// Access that changes while a client of Asterite's server is connected, and connections that end.

import { type AsterError, Permissions, Server, type ServerOptions } from "@asterite/aster";
import { FaultProxy } from "@asterite/testkit";
import { expect, it, onTestFinished, vi } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { startServer } from "../support/server.ts";

const readDenied = Permissions.of({ read_messages: "deny" });

function newServer(port: number, username: string, options: ServerOptions = {}): Server {
  const server = new Server("127.0.0.1", port, {
    username,
    password: "secret",
    registerIfMissing: true,
    ...options,
  });
  onTestFinished(() => server.disconnect());
  return server;
}

async function connect(port: number, username: string, options: ServerOptions = {}): Promise<Server> {
  const server = newServer(port, username, options);
  await server.connect();
  return server;
}

function general(server: Server) {
  const [channel] = server.channels;
  if (!channel) throw new Error("no channel");
  return channel;
}

const textsOf = (server: Server) => general(server).messages.map(({ content }) => content);

it.each<[string, (admin: Server, user: number) => Promise<void>, (admin: Server) => Promise<void>]>([
  [
    "by an override",
    (admin, user) => general(admin).edit({ overrides: { [`user:${user}`]: readDenied } }),
    (admin) => general(admin).edit({ overrides: {} }),
  ],
  [
    "by the base permissions",
    (admin) => admin.admin.setBasePermissions(Permissions.initialBase.with({ read_messages: "deny" })),
    (admin) => admin.admin.setBasePermissions(Permissions.initialBase),
  ],
])(
  "drops the messages of a channel when reading is denied %s, and loads them when allowed",
  async (_, deny, allow) => {
    const { server } = await startAdministered();
    const admin = await connect(server.port, "admin");
    const bob = await connect(server.port, "bob");
    const [gone, edited] = [await general(admin).send("gone"), await general(admin).send("old")];
    await vi.waitFor(() => expect(textsOf(bob)).toEqual(["gone", "old"]));
    await deny(admin, bob.selfUuid ?? 0);
    await vi.waitFor(() => expect(textsOf(bob)).toEqual([]));
    // The client misses all of these.
    await gone.delete();
    await edited.edit("new");
    await general(admin).send("unseen");
    await allow(admin);
    await vi.waitFor(() => expect(textsOf(bob)).toEqual(["new", "unseen"]));
  },
);

it("drops the messages of a channel that is hidden, and loads them when it is visible again", async () => {
  const { server } = await startAdministered();
  const admin = await connect(server.port, "admin");
  const bob = await connect(server.port, "bob");
  const message = await general(admin).send("old");
  await vi.waitFor(() => expect(textsOf(bob)).toEqual(["old"]));
  const hidden = Permissions.of({ view_channel: "deny", read_messages: "deny" });
  await general(admin).edit({ overrides: { [`user:${bob.selfUuid}`]: hidden } });
  await vi.waitFor(() => expect(bob.channels).toEqual([]));
  expect(bob.getMessage(message.uuid)).toBeUndefined();
  await message.edit("new");
  await general(admin).edit({ overrides: {} });
  await vi.waitFor(() => expect(textsOf(bob)).toEqual(["new"]));
});

it("logs in two servers that register the same missing account at once", async () => {
  const { port } = await startServer();
  const servers = Array.from({ length: 4 }, () => newServer(port, "ann"));
  await Promise.all(servers.map((server) => server.connect()));
  expect(new Set(servers.map(({ selfUuid }) => selfUuid)).size).toBe(1);
});

it("reports a name that only looks like one of another account", async () => {
  const { port } = await startServer();
  await connect(port, "ann");
  // The Cyrillic letter: no account has this name, and none may be registered under it.
  await expect(newServer(port, "аnn").connect()).rejects.toMatchObject({ status: 409, command: "register" });
});

it("rejects a request that is open when the connection is lost, and the next one is answered", async () => {
  const { port } = await startServer();
  const proxy = await FaultProxy.start({ port });
  onTestFinished(() => proxy.close());
  const ann = await connect(proxy.port, "ann", { reconnect: { firstDelayMs: 5 } });
  const lost = ann.waitFor("status", { filter: (status) => status === "waiting" });
  proxy.inject({ type: "drop", direction: "toServer" });
  const open = [
    general(ann).fetchHistory({ timeoutMs: Number.POSITIVE_INFINITY }),
    ann.command("list_channels", {}, { timeoutMs: Number.POSITIVE_INFINITY }),
  ].map((request) =>
    request.then(
      () => "answered",
      (error: AsterError) => error.code,
    ),
  );
  proxy.heal();
  proxy.cut();
  await lost;
  expect(await Promise.all(open)).toEqual(["CONNECTION_LOST", "CONNECTION_LOST"]);
  await ann.waitFor("ready");
  expect(await general(ann).fetchHistory()).toEqual([]);
});
