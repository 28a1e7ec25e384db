// npm run bench -- lavalink4 [PLAYERS]: a bot of Lavalink 4 with many players: requests and events per second, and how long its
// players are away after a lost connection and after a crash of the node.

import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeTrack } from "@asterite/lavaplayer-track";
import { launch, parseJsonLine, readyLine } from "@asterite/testkit";
import { WebSocket } from "ws";
import { makeMedia } from "./node/media.ts";

const count = Number(process.argv[2] ?? 1_000);
const requests = 5_000;
const concurrency = 16;
const executable = fileURLToPath(new URL("../apps/cli/bin/asterite.js", import.meta.url));
const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
const headers = { "User-Id": "170939974227541168", "Client-Name": "bench/1.0.0" };

type Message = Readonly<Record<string, unknown>>;

const printFigure = (title: string, figure: string): void => console.log(`${title.padEnd(58)} ${figure}`);
const printMs = (title: string, startMs: number): void =>
  printFigure(title, `${(performance.now() - startMs).toFixed(0)} ms`);

/** Connection of the bot that counts what arrives. */
class Bot {
  readonly socket: WebSocket;
  sessionId = "";
  isResumed = false;
  /** Guilds of the messages, by `op` or by type of the event. */
  readonly #guilds = new Map<string, Set<unknown>>();
  #check = (): void => {};

  constructor(port: number, sessionId: string | undefined) {
    const id = sessionId === undefined ? {} : { "Session-Id": sessionId };
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/v4/websocket`, { headers: { ...headers, ...id } });
    this.socket.on("message", (data) => this.#handle(JSON.parse(String(data))));
  }

  static async open(port: number, sessionId?: string): Promise<Bot> {
    const bot = new Bot(port, sessionId);
    await bot.#until(() => bot.sessionId !== "");
    return bot;
  }

  /** Waits until a message of a kind has arrived for each of a number of guilds. */
  waitFor(kind: string, guilds: number): Promise<void> {
    return this.#until(() => (this.#guilds.get(kind)?.size ?? 0) >= guilds);
  }

  async #until(holds: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#check = () => {
        if (holds()) resolve();
      };
      this.#check();
    });
  }

  #handle({ op, type, guildId, sessionId, resumed }: Message): void {
    if (op === "ready") {
      this.sessionId = String(sessionId);
      this.isResumed = resumed === true;
    }
    const kind = String(type ?? op);
    const guilds = this.#guilds.get(kind) ?? new Set();
    this.#guilds.set(kind, guilds.add(guildId));
    this.#check();
  }
}

/** Sends a request, and returns the body of its response. */
function send(port: number, method: string, path: string, body?: object): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const type = { "Content-Type": "application/json" };
  const outgoing = request({ port, method, path, agent, headers: type }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    response.on("end", () => {
      if (response.statusCode === 200) resolve(text);
      else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
    });
  });
  outgoing.on("error", reject);
  outgoing.end(body && JSON.stringify(body));
  return promise;
}

/** Runs a number of tasks, some at a time. Returns how many were done per second. */
async function measureRate(tasks: number, run: (index: number) => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < tasks) await run(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return (1_000 * tasks) / (performance.now() - startMs);
}

const folder = await mkdtemp(join(tmpdir(), "asterite-bench-"));

async function startNode() {
  const child = await launch({
    command: process.execPath,
    args: [executable, "node", "--port", "0", "--music", folder, "--keep-players", join(folder, "kept")],
    readyWhen: readyLine,
    timeoutMs: 60_000,
  });
  const ready = child.stdout.map(parseJsonLine).find((line) => line?.["msg"] === "ready");
  return { child, port: Number(ready?.["port"]) };
}

const { opus: identifier } = await makeMedia(folder);
const info = { title: "", author: "", identifier, lengthMs: 60_000 };
const encoded = encodeTrack({ info, source: { name: "local", probe: { name: "ogg", parameters: null } } });
let node = await startNode();
const bot = await Bot.open(node.port);
const { sessionId } = bot;
const path = `/v4/sessions/${sessionId}`;
await send(node.port, "PATCH", path, { resuming: true, timeout: 600 });

let startMs = performance.now();
const starts = await measureRate(count, (index) =>
  send(node.port, "PATCH", `${path}/players/${index + 1}`, { track: { encoded }, paused: true }),
);
await bot.waitFor("TrackStartEvent", count);
printMs(`${count} tracks given, and their start events received`, startMs);
printFigure("requests that give a track", `${starts.toFixed(0)} /s`);
const playerPath = (index: number): string => `${path}/players/${1 + (index % count)}`;
const changes = await measureRate(requests, (index) =>
  send(node.port, "PATCH", playerPath(index), { position: index }),
);
printFigure("requests that seek, each with an update", `${changes.toFixed(0)} /s`);
const reads = await measureRate(requests, (index) => send(node.port, "GET", playerPath(index)));
printFigure("requests that read a player", `${reads.toFixed(0)} /s`);

bot.socket.terminate();
startMs = performance.now();
const second = await Bot.open(node.port, sessionId);
await second.waitFor("playerUpdate", count);
printMs(`${count} players back after a lost connection`, startMs);
if (!second.isResumed) throw new Error("the session was not resumed");
startMs = performance.now();
const list = await send(node.port, "GET", `${path}/players`);
printMs(`one list of ${count} players, ${(list.length / 1e6).toFixed(1)} MB`, startMs);

// The node keeps its players each second.
await new Promise((resolve) => setTimeout(resolve, 3_000));
node.child.kill("SIGKILL");
await node.child.exited;
node = await startNode();
startMs = performance.now();
const third = await Bot.open(node.port, sessionId);
await third.waitFor("playerUpdate", count);
printMs(`${count} players back after a crash, from the ready node`, startMs);
if (!third.isResumed) throw new Error("the session was not resumed after the crash");
third.socket.terminate();
agent.destroy();
await node.child.stop();
await rm(folder, { recursive: true });
