import { Server, type ServerOptions } from "@asterite/aster";
import { FaultProxy } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { startServer } from "../support/server.ts";

const account = { username: "ann", password: "old password 1", tls: false } as const;

/** Connects to a real server through a proxy that can cut the connection. */
async function setUp(options: ServerOptions) {
  const { port } = await startServer({ tls: "insecure-plaintext" });
  const proxy = await FaultProxy.start({ port });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const server = new Server("127.0.0.1", proxy.port, {
    ...account,
    registerIfMissing: true,
    reconnect: { firstDelayMs: 5, longestDelayMs: 20 },
    ...options,
  });
  onTestFinished(() => server.disconnect());
  await server.connect();
  const cutAndReturn = async () => {
    const ready = server.once("ready");
    proxy.cut();
    await ready;
  };
  return { port, server, cutAndReturn };
}

it("logs in with the new password after it changed it", async () => {
  const { port, server, cutAndReturn } = await setUp({});
  await server.account.changePassword("new password 2");
  await cutAndReturn();
  await server.account.changePassword("new password 3");
  await cutAndReturn();
  await using fresh = new Server("127.0.0.1", port, { ...account, password: "new password 3" });
  await fresh.connect();
  expect(fresh.selfUuid).toBe(server.selfUuid);
});

it("requests another token after a changed password has revoked its own", async () => {
  const { port, server, cutAndReturn } = await setUp({ wantToken: true });
  const { token } = server;
  await server.account.changePassword("new password 2");
  expect([typeof token, server.token]).toEqual(["string", undefined]);
  await cutAndReturn();
  expect(server.token).not.toBe(token);
  await using byToken = new Server("127.0.0.1", port, { token: server.token, tls: false });
  await byToken.connect();
  expect(byToken.selfUuid).toBe(server.selfUuid);
  // The token serves the next reconnection too.
  const renewed = server.token;
  await cutAndReturn();
  expect(server.token).toBe(renewed);
});

it("knows the password that it changed, after a login by token", async () => {
  const { port, server } = await setUp({ wantToken: true });
  const proxy = await FaultProxy.start({ port });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  await using byToken = new Server("127.0.0.1", proxy.port, {
    token: server.token,
    tls: false,
    reconnect: { firstDelayMs: 5, longestDelayMs: 20 },
  });
  await byToken.connect();
  await byToken.account.changePassword("new password 2", { oldPassword: account.password });
  const ready = byToken.once("ready");
  proxy.cut();
  await ready;
  expect(byToken.selfUuid).toBe(server.selfUuid);
});
