// Replies are matched to their requests among pushes of the same names, on both servers.

import { Server, type ServerOptions } from "@asterite/aster";
import { describe, expect, it, onTestFinished } from "vitest";
import { ReferenceServer } from "../support/reference-server.ts";
import { startServer } from "../support/server.ts";

async function connect(port: number, username: string, options: ServerOptions = {}): Promise<Server> {
  const server = new Server("127.0.0.1", port, {
    username,
    password: "secret",
    registerIfMissing: true,
    tls: false,
    ...options,
  });
  onTestFinished(() => server.disconnect());
  await server.connect();
  return server;
}

/** Sends many requests at once, each with exactly one right reply. */
async function requestAll(server: Server, rounds: number): Promise<void> {
  const self = server.selfUuid ?? 0;
  const channel = server.channels[0];
  const requests: Promise<void>[] = [];
  for (let round = 0; round < rounds; round++) {
    const check = async (promise: Promise<unknown> | undefined, expected: unknown): Promise<void> =>
      expect(await promise).toMatchObject(expected as object);
    const cancelled = AbortSignal.timeout(round % 7);
    requests.push(
      check(server.fetchUser(self), { uuid: self }),
      check(
        server.fetchUser(1).then((user) => ({ user })),
        { user: undefined },
      ),
      check(server.getResponse({ command: "get_metadata" }), {
        command: "get_metadata",
        data: expect.arrayContaining([expect.objectContaining({ uuid: self })]),
      }),
      check(server.getResponse({ command: "online" }), { data: expect.arrayContaining([self]) }),
      check(server.getResponse({ command: "list_channels" }), {
        data: [{ uuid: channel?.uuid }, {}].slice(0, server.channels.length),
      }),
      check(channel?.send(`${self} ${round}`), { content: `${self} ${round}`, author: { uuid: self } }),
      check(server.getResponse({ command: `no_such_${round}` }), {
        command: `no_such_${round}`,
        status: 400,
      }),
      check(
        server.getResponse({ command: "get_name" }, { signal: cancelled }).catch(() => ({})),
        {},
      ),
    );
  }
  await Promise.all(requests);
}

/** Connects and disconnects a visitor repeatedly, of which the server notifies all clients. */
async function connectRepeatedly(port: number, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const visitor = await connect(port, "visitor");
    await visitor.disconnect();
  }
}

describe.each([
  [
    "Asterite's server",
    async () => {
      const connection = { requestsPerSecond: Number.POSITIVE_INFINITY };
      return (await startServer({ tls: "insecure-plaintext", connection })).port;
    },
  ],
  [
    "the reference server",
    async () => {
      const reference = await ReferenceServer.start();
      onTestFinished(() => reference.stop());
      return reference.port;
    },
  ],
])("on %s", (_name, start) => {
  it("matches each of 1600 requests of two clients to its own reply", async () => {
    const port = await start();
    const [ann, bob] = [await connect(port, "ann"), await connect(port, "bob", { framing: "lines" })];
    await Promise.all([requestAll(ann, 100), requestAll(bob, 100), connectRepeatedly(port, 10)]);
    expect([ann.status, bob.status]).toEqual(["ready", "ready"]);
  });
});
