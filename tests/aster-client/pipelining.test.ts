// Replies go to their requests while pushes of the same names rain, on both kinds of servers.

import { Server, type ServerOptions } from "@asterite/aster";
import { describe, expect, it, onTestFinished } from "vitest";
import { ReferenceServer } from "../support/reference-server.ts";
import { startServer } from "../support/server.ts";

async function connect(port: number, username: string, options: ServerOptions = {}): Promise<Server> {
  const server = new Server("127.0.0.1", port, {
    ...{ username, password: "secret", registerIfMissing: true, tls: false },
    ...options,
  });
  onTestFinished(() => server.disconnect());
  await server.connect();
  return server;
}

/** Asks for many things at once, each of which has one right answer. */
async function askAll(server: Server, rounds: number): Promise<void> {
  const self = server.selfUuid ?? 0;
  const channel = server.channels[0];
  const asked: Promise<void>[] = [];
  for (let round = 0; round < rounds; round++) {
    const ask = async (promise: Promise<unknown> | undefined, expected: unknown): Promise<void> =>
      expect(await promise).toMatchObject(expected as object);
    const cancelled = AbortSignal.timeout(round % 7);
    asked.push(
      ask(server.fetchUser(self), { uuid: self }),
      ask(
        server.fetchUser(1).then((user) => ({ user })),
        { user: undefined },
      ),
      ask(server.getResponse({ command: "get_metadata" }), {
        command: "get_metadata",
        data: expect.arrayContaining([expect.objectContaining({ uuid: self })]),
      }),
      ask(server.getResponse({ command: "online" }), { data: expect.arrayContaining([self]) }),
      ask(server.getResponse({ command: "list_channels" }), {
        data: [{ uuid: channel?.uuid }, {}].slice(0, server.channels.length),
      }),
      ask(channel?.send(`${self} ${round}`), { content: `${self} ${round}`, author: { uuid: self } }),
      ask(server.getResponse({ command: `no_such_${round}` }), { command: `no_such_${round}`, status: 400 }),
      ask(
        server.getResponse({ command: "get_name" }, { signal: cancelled }).catch(() => ({})),
        {},
      ),
    );
  }
  await Promise.all(asked);
}

/** Somebody who comes and goes, which the server tells everybody. */
async function comeAndGo(port: number, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const visitor = await connect(port, "visitor");
    await visitor.disconnect();
  }
}

describe.each([
  [
    "our server",
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
  it("every one of 1600 requests of two clients gets its own answer", async () => {
    const port = await start();
    const [ann, bob] = [await connect(port, "ann"), await connect(port, "bob", { framing: "lines" })];
    await Promise.all([askAll(ann, 100), askAll(bob, 100), comeAndGo(port, 10)]);
    expect([ann.status, bob.status]).toEqual(["ready", "ready"]);
  });
});
