// The load balancer of deploy/cluster, in front of a server.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  findProgram,
  freePort,
  LineClient,
  launch,
  type PacketClient,
  WebSocketClient,
} from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { ask, register, startServer } from "../support/server.ts";

const haproxy = findProgram("haproxy");
const config = fileURLToPath(new URL("../../deploy/cluster/haproxy.cfg", import.meta.url));

/** Starts HAProxy with the configuration of the cluster, in front of one server. Returns its port. */
async function startBalancer(server: number): Promise<number> {
  const port = await freePort();
  const shipped = await readFile(config, "utf8");
  const text = shipped
    .replace("bind :2345", `bind 127.0.0.1:${port}`)
    .replace("server chat1 chat1:2345", `server chat1 127.0.0.1:${server}`)
    .replace(/^ {2}server chat2 .*\n/m, "");
  expect(text).toContain(`127.0.0.1:${server} send-proxy-v2`);
  const file = join(await temporaryFolder(), "haproxy.cfg");
  await writeFile(file, text);
  const balancer = await launch({ command: haproxy ?? "", args: ["-db", "-f", file] });
  onTestFinished(async () => {
    balancer.kill("SIGKILL");
    await balancer.exited;
  });
  return port;
}

it.skipIf(!haproxy)("passes on the addresses of the clients, for lines and WebSockets", async () => {
  const server = await startServer({
    proxies: { networks: ["127.0.0.1"], header: "proxy-protocol" },
    capacity: { connectionsPerAddress: 1 },
  });
  const port = await startBalancer(server.port);
  const open = async (host: string, framing: typeof LineClient | typeof WebSocketClient) => {
    const client: PacketClient = await framing.connect({
      port,
      insecure: true,
      localAddress: host,
      timeoutMs: 5000,
    });
    onTestFinished(() => client.close());
    return client;
  };
  await expect
    .poll(() => open("127.0.0.2", LineClient).then((client) => register(client, "ann")), { timeout: 20_000 })
    .toBeGreaterThan(0);
  // Other clients of the loopback network, which the server counts by themselves.
  await register(await open("127.0.0.3", WebSocketClient), "bob");
  const third = open("127.0.0.3", LineClient).then((client) => ask(client, "ping"));
  await expect(third).rejects.toThrow();
});
