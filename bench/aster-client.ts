// Throughput and memory of the client library: npm run bench -- aster-client [PACKETS]
// The servers run in a worker thread, so that this thread runs only the client. Each figure is the median of
// five runs after a warm-up run.

import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Server } from "@asterite/aster";
import { startAsterServer } from "@asterite/aster-server";

/** Server that a worker runs. */
type Role = { readonly type: "flood"; readonly packets: number } | { readonly type: "asterite" };

const account = { username: "bench", password: "secret", registerIfMissing: true, tls: false } as const;
const runs = 5;

const message = (uuid: number) => ({
  author_uuid: 1,
  channel_uuid: 2,
  command: "content",
  content: `Message ${uuid}: the quick brown fox jumps over the lazy dog, and comes back later.`,
  date: 1_700_000_000 + Math.floor(uuid / 10),
  edited: false,
  reply: null,
  status: 200,
  uuid,
});

/** Runs a minimal server that accepts a login and sends many messages on the command "flood". */
async function runFlood(packets: number): Promise<void> {
  const lines = Array.from({ length: packets }, (_, index) => `${JSON.stringify(message(10 + index))}\n`);
  const flood = Buffer.from(lines.join(""));
  const user = { uuid: 1, name: "bench", pfp: "", groups: [] };
  const replies: Record<string, object> = {
    login: { uuid: 1 },
    get_metadata: { data: [user] },
    get_name: { data: "flood" },
    get_icon: { data: "" },
    list_channels: { data: [{ uuid: 2, name: "general", position: 0, permissions: {} }] },
    online: { data: [1] },
    history: { data: [] },
    ping: {},
    leave: {},
  };
  const server = createServer((socket) => {
    socket.on("error", () => {});
    let rest = "";
    socket.on("data", (chunk) => {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { command } = JSON.parse(line);
        if (command === "flood") socket.write(flood);
        const reply = replies[command];
        socket.write(`${JSON.stringify({ ...reply, command, status: reply ? 200 : 400 })}\n`);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  parentPort?.postMessage((server.address() as AddressInfo).port);
}

async function runAsterite(): Promise<void> {
  const { port } = await startAsterServer({
    database: ":memory:",
    port: 0,
    host: "127.0.0.1",
    tls: "insecure-plaintext",
    passwords: { minLength: 1, allowCommon: true },
    connection: { requestsPerSecond: Number.POSITIVE_INFINITY },
  });
  parentPort?.postMessage(port);
}

async function start(role: Role): Promise<{ port: number; stop: () => Promise<unknown> }> {
  const worker = new Worker(new URL(import.meta.url), { workerData: role });
  const [port] = await once(worker, "message");
  return { port, stop: () => worker.terminate() };
}

/** Returns the median rate per second over several runs. */
async function medianPerSecond(count: number, run: () => Promise<void> | void): Promise<number> {
  await run();
  const rates: number[] = [];
  for (let index = 0; index < runs; index++) {
    const startMs = performance.now();
    await run();
    rates.push((1000 * count) / (performance.now() - startMs));
  }
  return rates.sort((one, other) => one - other)[Math.floor(runs / 2)] ?? 0;
}

const printRow = (name: string, figure: string): void =>
  console.log(`| ${name.padEnd(60)} | ${figure.padStart(12)} |`);
const rate = (value: number): string => `${Math.round(value).toLocaleString("en")}/s`;

async function measurePackets(packets: number): Promise<void> {
  const { port, stop } = await start({ type: "flood", packets });
  const texts = Array.from({ length: packets }, (_, index) => JSON.stringify(message(10 + index)));
  let sum = 0;
  const bare = await medianPerSecond(packets, () => {
    for (const text of texts) sum += JSON.parse(text).uuid;
  });
  printRow("JSON.parse alone, in memory", rate(bare));

  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const loop = await medianPerSecond(packets, async () => {
    const done = Promise.withResolvers<void>();
    let rest = "";
    const readLines = (chunk: Buffer): void => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (JSON.parse(line).command === "flood") done.resolve();
    };
    socket.on("data", readLines);
    socket.write('{"command":"flood"}\n');
    await done.promise;
    socket.off("data", readLines);
  });
  socket.destroy();
  printRow("JSON.parse of lines from a socket", rate(loop));

  let received = 0;
  const client = await medianPerSecond(packets, async () => {
    // A new client per run, because a client drops messages that it already received.
    await using server = new Server("127.0.0.1", port, account);
    server.on("message", () => received++);
    await server.connect();
    await server.getResponse({ command: "flood" }, { timeoutMs: 60_000 });
  });
  printRow("client: parsed, validated, cached and emitted to a listener", rate(client));
  if (received !== packets * (runs + 1) || sum === 0) throw new Error(`received ${received} messages`);
  await stop();
}

async function measureRequests(): Promise<void> {
  const { port, stop } = await start({ type: "asterite" });
  await using server = new Server("127.0.0.1", port, account);
  await server.connect();
  const sequential = 5000;
  const one = await medianPerSecond(sequential, async () => {
    for (let index = 0; index < sequential; index++) await server.command("ping", {});
  });
  printRow("requests, one at a time", rate(one));
  const pipelined = 20_000;
  const many = await medianPerSecond(pipelined, async () => {
    for (let index = 0; index < pipelined; index += 64) {
      await Promise.all(Array.from({ length: 64 }, () => server.command("ping", {})));
    }
  });
  printRow("requests, 64 in flight", rate(many));
  const [channel] = server.channels;
  const sent = 5000;
  const sends = await medianPerSecond(sent, async () => {
    for (let index = 0; index < sent; index += 50) {
      await Promise.all(Array.from({ length: 50 }, () => channel?.send("hello")));
    }
  });
  printRow("messages sent, 50 in flight", rate(sends));
  await server.disconnect();
  await stop();
}

async function measureMemory(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const { port, stop } = await start({ type: "flood", packets: 10_000 });
  const used = async (messagesPerChannel: number): Promise<number> => {
    await using server = new Server("127.0.0.1", port, { ...account, cache: { messagesPerChannel } });
    await server.connect();
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    await server.getResponse({ command: "flood" });
    collectGarbage();
    return process.memoryUsage().heapUsed - before;
  };
  await used(0);
  const [without, all] = [await used(0), await used(10_000)];
  printRow("memory of 10 000 cached messages", `${((all - without) / 1024 / 1024).toFixed(1)} MiB`);
  await stop();
}

if (isMainThread) {
  console.log(`Node ${process.version}\n\n| ${"benchmark".padEnd(60)} | ${"result".padStart(12)} |`);
  console.log(`| ${"-".repeat(60)} | ${"-".repeat(11)}: |`);
  await measurePackets(Number(process.argv[2] ?? 100_000));
  await measureRequests();
  await measureMemory();
} else {
  const role = workerData as Role;
  await (role.type === "flood" ? runFlood(role.packets) : runAsterite());
}
