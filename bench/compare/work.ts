// Measures the client libraries in the folder of a checkout, and prints CPU times in µs as JSON.

import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

type Andesite = typeof import("@asterite/andesite") & typeof import("@asterite/andesite/advanced");

const [, , folder = "."] = process.argv;
const load = (path: string) => import(pathToFileURL(join(folder, "packages", path)).href);
const figures: Record<string, number> = {};

/** CPU time of this thread in µs. */
const cpuTimeUs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

/** Records the CPU time for one of `count`, as the best of three runs after a warm-up run. */
async function record(name: string, count: number, run: () => Promise<unknown> | unknown): Promise<void> {
  await run();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const startUs = cpuTimeUs();
    await run();
    best = Math.min(best, (cpuTimeUs() - startUs) / count);
  }
  figures[name] = best;
}

const messages = 20_000;

/** Runs a chat server that sends many messages on the command `flood`, in a thread of its own. */
async function runFlood(): Promise<void> {
  const packetOf = (uuid: number) => ({
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
  const flood = Array.from(
    { length: messages },
    (_, index) => `${JSON.stringify(packetOf(10 + index))}\n`,
  ).join("");
  const replies: Readonly<Record<string, object>> = {
    login: { uuid: 1 },
    get_metadata: { data: [{ uuid: 1, name: "bench", pfp: "", groups: [] }] },
    get_name: { data: "flood" },
    get_icon: { data: "" },
    list_channels: { data: [{ uuid: 2, name: "general", position: 0, permissions: {} }] },
    online: { data: [1] },
    history: { data: [] },
    send: { message: 5 },
    ping: {},
    leave: {},
  };
  const server = createServer((socket) => {
    let rest = "";
    socket.on("error", () => {});
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

async function measureAster(): Promise<void> {
  const { Server }: typeof import("@asterite/aster") = await load("aster/src/index.ts");
  const worker = new Worker(new URL(import.meta.url));
  const [port] = await once(worker, "message");
  const account = { username: "bench", password: "secret", tls: false } as const;
  let received = 0;
  await record("packet received by the chat client", messages, async () => {
    // A new client per run, because a client drops messages that it already received.
    await using server = new Server("127.0.0.1", port, account);
    server.on("message", () => received++);
    await server.connect();
    await server.getResponse({ command: "flood" }, { timeoutMs: 60_000 });
  });
  if (received !== 4 * messages) throw new Error(`received ${received} messages`);
  await using server = new Server("127.0.0.1", port, account);
  await server.connect();
  await record("request of the chat client", 10_000, async () => {
    for (let left = 10_000; left > 0; left -= 50) {
      await Promise.all(Array.from({ length: 50 }, () => server.command("ping", {})));
    }
  });
  await worker.terminate();
}

async function measureAndesite(): Promise<void> {
  const advanced = await load("andesite/src/advanced.ts").catch(() => ({}));
  const andesite: Andesite = { ...(await load("andesite/src/index.ts")), ...advanced };
  const { Observable }: typeof import("@asterite/observable") = await load("observable/src/index.ts");
  const { ScriptedNode }: typeof import("@asterite/testkit") = await load("testkit/src/index.ts");
  const { decodeTrack, encodeTrack }: typeof import("@asterite/lavaplayer-track") = await load(
    "lavaplayer-track/src/index.ts",
  );
  const track = encodeTrack({
    info: {
      title: "A title of the usual length",
      author: "An artist",
      duration: 212,
      identifier: "aaaaaaaaaaa",
    },
    source: "youtube",
  });
  const decoded = decodeTrack(track);
  const repeat = (count: number, run: () => void) => () => {
    for (let index = 0; index < count; index++) run();
  };
  await record(
    "track decoded",
    100_000,
    repeat(100_000, () => decodeTrack(track)),
  );
  await record(
    "track encoded",
    100_000,
    repeat(100_000, () => encodeTrack(decoded)),
  );
  const fields = {
    userId: "1",
    guildId: "987654321987654321",
    track,
    reason: "FINISHED",
    mayStartNext: true,
  };
  const text = JSON.stringify({ op: "event", type: "TrackEndEvent", ...fields });
  const client = new andesite.WebSocket("ws://node/", "1", null);
  const target = new Observable();
  target.on(andesite.TrackEndEvent, () => {});
  await record(
    "event parsed and dispatched",
    50_000,
    repeat(50_000, () => {
      const body = JSON.parse(text);
      void target.emit(new andesite.RawMsgReceiveEvent(client, body));
      const { operation } = andesite.readReceiveOperation(body);
      if (operation) void target.emit(operation);
    }),
  );
  await using node = await ScriptedNode.start();
  await using sender = new andesite.WebSocket(node.webSocketUrl, "1", null, { state: true });
  await sender.connect();
  await record("operation sent, with the node that receives it", 10_000, async () => {
    await Promise.all(Array.from({ length: 10_000 }, (_, index) => sender.volume(String(index % 200), 0.5)));
    await sender.ping("0");
  });
}

if (isMainThread) {
  await measureAster();
  await measureAndesite();
  console.log(JSON.stringify(figures));
} else await runFlood();
