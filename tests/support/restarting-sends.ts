import { join } from "node:path";
import { Server } from "@asterite/aster";
import { startAsterServer } from "@asterite/aster-server";
import { FaultProxy } from "@asterite/testkit";
import { onTestFinished } from "vitest";
import { startServerProcess, temporaryFolder } from "./asterite.ts";
import { anyPassword } from "./server.ts";

/** Result of {@link sendOverRestarts}. */
export interface Outcome {
  /** Messages whose `send` rejected, or resolved without the server having stored the message. */
  readonly lost: number;
  /** Messages that the server stored more than once. */
  readonly duplicated: number;
  /** Messages that another client did not receive, or received twice or out of order. */
  readonly misdelivered: number;
  /** Reconnections of the sender. */
  readonly reconnections: number;
}

/** A running server that can be stopped and started again on the same database. */
interface RunningServer {
  readonly port: number;
  stop(): Promise<unknown>;
}

/** Starts a server on a port; 0 picks a free one. */
type Start = (port: number) => Promise<RunningServer>;

/** Returns a starter of a server in this process, which is closed with a short grace period. */
export async function inProcess(): Promise<Start> {
  const database = join(await temporaryFolder(), "aster.db");
  return async (port) => {
    const server = await startAsterServer({
      host: "127.0.0.1",
      database,
      port,
      tls: "insecure-plaintext",
      passwords: anyPassword,
      connection: { requestsPerSecond: Number.POSITIVE_INFINITY },
    });
    onTestFinished(() => server.close({ graceMs: 1000 }));
    return { port: server.port, stop: () => server.close({ graceMs: 50 }) };
  };
}

/** Returns a starter of a server in its own process, which is killed. */
export async function killedProcess(): Promise<Start> {
  const args = ["--data", await temporaryFolder(), "--insecure-plaintext", "--rate-limit", "1000000"];
  return async (port) => {
    const server = await startServerProcess([...args, "--port", String(port)]);
    const stop = (): Promise<unknown> => {
      server.process.kill("SIGKILL");
      return server.process.exited;
    };
    return { port: server.port, stop };
  };
}

/** Sends messages while the server restarts and connections are cut, and counts the failures. */
export async function sendOverRestarts(count: number, restarts: number, start: Start): Promise<Outcome> {
  let running = await start(0);
  const { port } = running;
  const proxy = await FaultProxy.start({ port });
  onTestFinished(() => proxy.close());
  const connect = async (username: string): Promise<Server> => {
    const options = { username, password: "secret", registerIfMissing: true, tls: false } as const;
    const server = new Server("127.0.0.1", proxy.port, {
      ...options,
      reconnect: { firstDelayMs: 20, longestDelayMs: 200 },
    });
    onTestFinished(() => server.disconnect());
    await server.connect();
    return server;
  };
  const [sender, listener] = [await connect("sender"), await connect("listener")];
  const channel = sender.channels[0];
  if (!channel) throw new Error("no channel");
  const received: number[] = [];
  listener.on("message", ({ uuid }) => received.push(uuid));
  let reconnections = 0;
  sender.on("ready", () => reconnections++);

  let failed = 0;
  const stored = new Map<string, number>();
  const sendAll = async (from: number, to: number): Promise<void> => {
    for (let index = from; index < to; index++) {
      try {
        const { uuid, content } = await channel.send(`message ${index}`);
        stored.set(content, uuid);
      } catch {
        failed++;
      }
    }
  };
  const senders = 10;
  let isDone = false;
  const sending = Promise.all(
    Array.from({ length: senders }, (_, lane) =>
      sendAll(Math.floor((count * lane) / senders), Math.floor((count * (lane + 1)) / senders)),
    ),
  ).then(() => {
    isDone = true;
  });
  for (let restart = 1; restart <= restarts; restart++) {
    // Restarts are spread evenly over the messages, not over time.
    while (!isDone && stored.size < (count * restart) / (restarts + 1)) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    if (restart % 2 === 0) proxy.cut();
    await running.stop();
    running = await start(port);
  }
  await sending;

  const history: { content: string; uuid: number }[] = [];
  for await (const message of channel.history({ pageSize: 1000 })) history.unshift(message);
  const last = history.at(-1)?.uuid;
  const endMs = Date.now() + 10_000;
  while (received.at(-1) !== last && Date.now() < endMs)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const copies = new Map<string, number>();
  for (const { content } of history) copies.set(content, (copies.get(content) ?? 0) + 1);
  const order = history.map(({ uuid }) => uuid);
  return {
    lost:
      failed +
      [...stored].filter(
        ([content, uuid]) => !history.some((message) => message.content === content && message.uuid === uuid),
      ).length,
    duplicated: [...copies.values()].filter((count) => count > 1).length,
    misdelivered:
      Math.abs(order.length - received.length) +
      order.filter((uuid, index) => received[index] !== uuid).length,
    reconnections,
  };
}
