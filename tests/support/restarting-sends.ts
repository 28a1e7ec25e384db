import { join } from "node:path";
import { Server } from "@asterite/aster";
import { startAsterServer } from "@asterite/aster-server";
import { FaultProxy } from "@asterite/testkit";
import { onTestFinished } from "vitest";
import { startServerProcess, temporaryFolder } from "./asterite.ts";

/** What became of many messages. */
export interface Outcome {
  /** Messages that the server has not stored although `send` resolved, or that failed. */
  readonly lost: number;
  /** Messages that it has stored more than once. */
  readonly doubled: number;
  /** Messages that another client was not told, or told twice, or told in another order than the server's. */
  readonly misheard: number;
  /** Times that the sender's connection came back. */
  readonly returns: number;
}

/** A server that can be ended and started again with what it has stored. */
interface Running {
  readonly port: number;
  end(): Promise<unknown>;
}

/** Starts a server on a port, 0 for any. */
type Start = (port: number) => Promise<Running>;

/** A server in this process, which is asked to close but given little time. */
export async function inProcess(): Promise<Start> {
  const database = join(await temporaryFolder(), "aster.db");
  return async (port) => {
    const server = await startAsterServer({
      ...{ host: "127.0.0.1", database, port, tls: "insecure-plaintext" },
      connection: { requestsPerSecond: Number.POSITIVE_INFINITY },
    });
    onTestFinished(() => server.close({ graceMs: 1000 }));
    return { port: server.port, end: () => server.close({ graceMs: 50 }) };
  };
}

/** A server in a process of its own, which is killed. */
export async function killedProcess(): Promise<Start> {
  const args = ["--data", await temporaryFolder(), "--insecure-plaintext", "--rate-limit", "1000000"];
  return async (port) => {
    const server = await startServerProcess([...args, "--port", String(port)]);
    const end = (): Promise<unknown> => {
      server.process.kill("SIGKILL");
      return server.process.exited;
    };
    return { port: server.port, end };
  };
}

/** Sends many messages while the server restarts and connections break, and counts what went wrong. */
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
  const heard: number[] = [];
  listener.on("message", ({ uuid }) => heard.push(uuid));
  let returns = 0;
  sender.on("ready", () => returns++);

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
  const lanes = 10;
  let isDone = false;
  const sending = Promise.all(
    Array.from({ length: lanes }, (_, lane) =>
      sendAll(Math.floor((count * lane) / lanes), Math.floor((count * (lane + 1)) / lanes)),
    ),
  ).then(() => {
    isDone = true;
  });
  for (let restart = 1; restart <= restarts; restart++) {
    // At even distances in the messages, not in time.
    while (!isDone && stored.size < (count * restart) / (restarts + 1)) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    if (restart % 2 === 0) proxy.cut();
    await running.end();
    running = await start(port);
  }
  await sending;

  const history: { content: string; uuid: number }[] = [];
  for await (const message of channel.history({ pageSize: 1000 })) history.unshift(message);
  const last = history.at(-1)?.uuid;
  const endMs = Date.now() + 10_000;
  while (heard.at(-1) !== last && Date.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 20));
  const times = new Map<string, number>();
  for (const { content } of history) times.set(content, (times.get(content) ?? 0) + 1);
  const order = history.map(({ uuid }) => uuid);
  return {
    lost:
      failed +
      [...stored].filter(
        ([content, uuid]) => !history.some((kept) => kept.content === content && kept.uuid === uuid),
      ).length,
    doubled: [...times.values()].filter((number) => number > 1).length,
    misheard:
      Math.abs(order.length - heard.length) + order.filter((uuid, index) => heard[index] !== uuid).length,
    returns,
  };
}
