import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { startAsterServer } from "../server.ts";

it("pings WebSocket connections from their hello with extensions on, and no others", async () => {
  const server = await startAsterServer({
    database: ":memory:",
    host: "127.0.0.1",
    port: 0,
    tls: "insecure-plaintext",
    connection: { pingIntervalMs: 20 },
  });
  onTestFinished(() => server.close());
  const open = async (extensions: readonly string[]) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}`);
    onTestFinished(() => socket.terminate());
    const pings: number[] = [];
    socket.on("ping", () => pings.push(Date.now()));
    await once(socket, "open");
    socket.send(JSON.stringify({ command: "hello", client: "test/1", extensions }));
    return pings;
  };
  const legacy = await open([]);
  const extended = await open(["nonce"]);
  await expect.poll(() => extended.length).toBeGreaterThan(2);
  expect(legacy).toEqual([]);
});
