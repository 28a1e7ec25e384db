// Entry point of the load generator: the clients run in a separate process, so that they use another core.

import { setTimeout as delay } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import type { Duration, Job, Reply } from "./jobs.ts";
import { openWebSocket, Peer } from "./peer.ts";

/** Lines up to this length are replies to `send`, longer ones pushes. */
const maxReplyLength = 100;
/** Connections that are opened concurrently. */
const parallelOpens = 16;
const content = "The quick brown fox jumps over the lazy dog.";
const password = "a password that is never guessed";

let peers: Peer[] = [];
let idle: (Peer | TLSSocket)[] = [];
let channel = 0;
/** Accounts of this generator, with one session token each. */
const accounts: { readonly uname: string; readonly token: unknown }[] = [];

type Of<Type extends Job["type"]> = Extract<Job, { type: Type }>;

const run = (job: Job): Promise<number> => {
  switch (job.type) {
    case "open":
      return open(job);
    case "send":
      return send(job);
    case "visit":
      return visit(job);
    case "history":
      return history(job);
    case "idle":
      return openIdle(job);
    case "close":
      return closeAll();
  }
};

function closeAll(): Promise<number> {
  for (const peer of peers) peer.close();
  for (const one of idle)
    if (one instanceof Peer) one.close();
    else one.destroy();
  peers = [];
  idle = [];
  return Promise.resolve(0);
}

async function open({ port, connections, accounts: wanted }: Of<"open">): Promise<number> {
  await closeAll();
  accounts.length = 0;
  peers = await openInParallel(connections, async (index) => {
    const peer = await Peer.connect(port);
    if (index < wanted) {
      const uname = `user ${process.pid} ${index}`;
      const { token } = await peer.request("register", { uname, passwd: password, want_token: true });
      accounts[index] = { uname, token };
    } else {
      const { token } = accounts[index % (wanted - parallelOpens)] ?? {};
      await peer.request("login", { token });
    }
    return peer;
  });
  const reply = await peers[0]?.request("list_channels");
  const channels = reply?.["data"] as { uuid: number }[] | undefined;
  channel = channels?.[0]?.uuid ?? 0;
  // The presence pushes of the last logins must arrive before lines are counted.
  await delay(500);
  return 0;
}

async function openInParallel<Made>(count: number, open: (index: number) => Promise<Made>): Promise<Made[]> {
  const opened: Made[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      opened[index] = await open(index);
    }
  };
  await Promise.all(Array.from({ length: parallelOpens }, worker));
  return opened;
}

/** Keeps `window` requests in flight: at the end of each turn, sends as many as were answered. */
function keepInFlight(window: number, request: Buffer): () => void {
  const copies = [request];
  let due = window;
  let next = 0;
  const flush = (): void => {
    const each = Math.floor(due / peers.length);
    const more = due % peers.length;
    due = 0;
    for (let index = 0; index < (each > 0 ? peers.length : more); index++) {
      const count = index < more ? each + 1 : each;
      copies[count - 1] ??= Buffer.concat(Array.from({ length: count }, () => request));
      peers[(next + index) % peers.length]?.write(copies[count - 1] ?? request);
    }
    next = (next + more) % peers.length;
  };
  flush();
  return () => {
    if (due++ === 0) setImmediate(flush);
  };
}

async function send({ window, count, ...duration }: Of<"send">): Promise<number> {
  const request = Buffer.from(`${JSON.stringify({ command: "send", channel, content })}\n`);
  let replies = 0;
  let pushes = 0;
  let isStopped = false;
  let answered = (): void => {};
  for (const peer of peers) {
    peer.countLines((length) => {
      if (length > maxReplyLength) {
        pushes++;
      } else {
        replies++;
        if (!isStopped) answered();
      }
    });
  }
  answered = keepInFlight(window, request);
  const rate = await ratePerSecond(duration, () => (count === "pushes" ? pushes : replies));
  isStopped = true;
  await delay(300);
  return rate;
}

async function history({ window, before, ...duration }: Of<"history">): Promise<number> {
  let pages = 0;
  let isStopped = false;
  const requestPages = async (peer: Peer, index: number): Promise<void> => {
    for (let turn = index; !isStopped; turn += window) {
      const before_message = before[turn % before.length];
      await peer.request("history", { channel, num: 100, before_message });
      pages++;
    }
  };
  const requests = Promise.all(peers.slice(0, window).map(requestPages));
  const rate = await ratePerSecond(duration, () => pages);
  isStopped = true;
  await requests;
  return rate;
}

async function visit({ port, with: purpose, parallel, ...duration }: Of<"visit">): Promise<number> {
  let visits = 0;
  let isStopped = false;
  const visitRepeatedly = async (): Promise<void> => {
    while (!isStopped) {
      const account = accounts[visits % accounts.length];
      const peer = await Peer.connect(port);
      if (purpose === "ping") await peer.request("ping");
      else if (purpose === "token") await peer.request("login", { token: account?.token });
      else await peer.request("login", { uname: account?.uname, passwd: password });
      peer.close();
      visits++;
    }
  };
  const visitors = Promise.all(Array.from({ length: parallel }, visitRepeatedly));
  const rate = await ratePerSecond(duration, () => visits);
  isStopped = true;
  await visitors;
  return rate;
}

async function openIdle({ port, connections, framing }: Of<"idle">): Promise<number> {
  await closeAll();
  idle = await openInParallel(connections, async () => {
    if (framing === "websocket") return await openWebSocket(port);
    const peer = await Peer.connect(port);
    await peer.request("ping");
    return peer;
  });
  return 0;
}

async function ratePerSecond({ warmUpMs, measureMs }: Duration, count: () => number): Promise<number> {
  await delay(warmUpMs);
  const [before, beganAt] = [count(), performance.now()];
  await delay(measureMs);
  return (1000 * (count() - before)) / (performance.now() - beganAt);
}

process.on("disconnect", () => process.exit());
process.on("message", (job: Job) => {
  run(job).then(
    (result) => process.send?.({ result } satisfies Reply),
    (error: Error) => process.send?.({ error: error.stack ?? error.message } satisfies Reply),
  );
});
