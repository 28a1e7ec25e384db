// The clients, in a process of their own so that they do not slow the server down more than a core allows.

import { setTimeout as delay } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import type { Answer, Duration, Job } from "./jobs.ts";
import { openWebSocket, Peer } from "./peer.ts";

/** Lines up to this length are replies to `send`, longer ones pushes. */
const longestReply = 100;
/** Connections that are opened at the same time. */
const parallelOpens = 16;
const content = "The quick brown fox jumps over the lazy dog.";
const password = "a password that is never guessed";

let peers: Peer[] = [];
let idle: (Peer | TLSSocket)[] = [];
let channel = 0;
/** Accounts of this generator, from the first one on, with a session token each. */
const accounts: { readonly uname: string; readonly token: unknown }[] = [];

type Of<Kind extends Job["kind"]> = Extract<Job, { kind: Kind }>;

const run = (job: Job): Promise<number> => {
  switch (job.kind) {
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
  peers = await inParallel(connections, async (index) => {
    const peer = await Peer.connect(port);
    if (index < wanted) {
      const uname = `user ${process.pid} ${index}`;
      const { token } = await peer.ask("register", { uname, passwd: password, want_token: true });
      accounts[index] = { uname, token };
    } else {
      const { token } = accounts[index % (wanted - parallelOpens)] ?? {};
      await peer.ask("login", { token });
    }
    return peer;
  });
  const reply = await peers[0]?.ask("list_channels");
  const channels = reply?.["data"] as { uuid: number }[] | undefined;
  channel = channels?.[0]?.uuid ?? 0;
  // What the last logins told everybody has to have arrived before lines are counted.
  await delay(500);
  return 0;
}

async function inParallel<Made>(count: number, make: (index: number) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      made[index] = await make(index);
    }
  };
  await Promise.all(Array.from({ length: parallelOpens }, worker));
  return made;
}

/** Calls for the next things to be asked, as many as were answered, at the end of each turn. */
function keepUnderWay(window: number, request: Buffer): () => void {
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
  let stopped = false;
  let answered = (): void => {};
  for (const peer of peers) {
    peer.count((length) => {
      if (length > longestReply) {
        pushes++;
      } else {
        replies++;
        if (!stopped) answered();
      }
    });
  }
  answered = keepUnderWay(window, request);
  const rate = await ratePerSecond(duration, () => (count === "pushes" ? pushes : replies));
  stopped = true;
  await delay(300);
  return rate;
}

async function history({ window, before, ...duration }: Of<"history">): Promise<number> {
  let pages = 0;
  let stopped = false;
  const ask = async (peer: Peer, index: number): Promise<void> => {
    for (let turn = index; !stopped; turn += window) {
      const before_message = before[turn % before.length];
      await peer.ask("history", { channel, num: 100, before_message });
      pages++;
    }
  };
  const asking = Promise.all(peers.slice(0, window).map(ask));
  const rate = await ratePerSecond(duration, () => pages);
  stopped = true;
  await asking;
  return rate;
}

async function visit({ port, with: purpose, parallel, ...duration }: Of<"visit">): Promise<number> {
  let visits = 0;
  let stopped = false;
  const come = async (): Promise<void> => {
    while (!stopped) {
      const account = accounts[visits % accounts.length];
      const peer = await Peer.connect(port);
      if (purpose === "ping") await peer.ask("ping");
      else if (purpose === "token") await peer.ask("login", { token: account?.token });
      else await peer.ask("login", { uname: account?.uname, passwd: password });
      peer.close();
      visits++;
    }
  };
  const coming = Promise.all(Array.from({ length: parallel }, come));
  const rate = await ratePerSecond(duration, () => visits);
  stopped = true;
  await coming;
  return rate;
}

async function openIdle({ port, connections, framing }: Of<"idle">): Promise<number> {
  await closeAll();
  idle = await inParallel(connections, async () => {
    if (framing === "websocket") return await openWebSocket(port);
    const peer = await Peer.connect(port);
    await peer.ask("ping");
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
    (result) => process.send?.({ result } satisfies Answer),
    (error: Error) => process.send?.({ error: error.stack ?? error.message } satisfies Answer),
  );
});
