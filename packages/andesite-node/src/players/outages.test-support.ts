// Test support: a server that bursts and paces like those of files and stations, with outages, and what a player sends of it.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type OperationName, readOperation } from "@asterite/andesite-protocol";
import { frameMs, silencePacket } from "../engine/frame.ts";
import { fileTrack, locateUrl, TestPlayers } from "./players.test-support.ts";
import type { PlayerOperation } from "./players.ts";

/** File or station of an {@link OutageServer}. */
export interface Served {
  readonly bytes: Uint8Array;
  readonly bytesPerSecond: number;
  /** Seconds of audio that a connection gets at once; after it the server sends as fast as the player plays. */
  readonly burstSeconds: number;
  /** Delay of each response in ms. Default 0. */
  readonly latencyMs?: number;
  /** Whether it is a station, which repeats its bytes. Default: a file of a server with ranges. */
  readonly isStation?: boolean;
}

/** How the network fails: connections are reset and refused, or stay open without bytes. */
type Outage = "cut" | "stall";

interface Connection {
  readonly response: ServerResponse;
  readonly position: number;
  readonly startFrame: number;
  sent: number;
}

/** One file or station, with the connections to it. Time is what the player has sent, so a machine that stands still stops it too. */
class Stage {
  readonly #served: Served;
  readonly #connections = new Set<Connection>();
  readonly #waiting: (() => void)[] = [];
  #outage: Outage | undefined;
  #frame = 0;
  requests = 0;

  constructor(served: Served) {
    this.#served = served;
  }

  get isStation(): boolean {
    return this.#served.isStation === true;
  }

  begin(outage: Outage): void {
    this.#outage = outage;
    if (outage === "stall") return;
    for (const { response } of this.#connections) response.socket?.resetAndDestroy();
    this.#connections.clear();
  }

  end(): void {
    this.#outage = undefined;
    for (const resume of this.#waiting.splice(0)) resume();
    this.#sendAll();
  }

  /** Advances the time. */
  advance(frame: number): void {
    this.#frame = frame;
    if (frame % 10 === 0) this.#sendAll();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    const { latencyMs = 0, bytes, isStation } = this.#served;
    if (this.#outage === "cut") return void request.socket.resetAndDestroy();
    await delay(latencyMs);
    if (this.#outage === "stall") await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const position = Number(/=(\d+)/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (isStation) response.writeHead(200, { "content-type": "audio/mpeg", "icy-name": "Outage FM" });
    else
      response.writeHead(206, {
        "content-range": `bytes ${position}-${bytes.length - 1}/${bytes.length}`,
        "content-length": bytes.length - position,
      });
    const connection = { response, position: isStation ? 0 : position, startFrame: this.#frame, sent: 0 };
    this.#connections.add(connection);
    response.on("close", () => this.#connections.delete(connection));
    this.#sendAll();
  }

  #sendAll(): void {
    if (!this.#outage) for (const connection of this.#connections) this.#send(connection);
  }

  #send(connection: Connection): void {
    const { bytes, bytesPerSecond, burstSeconds, isStation } = this.#served;
    const seconds = burstSeconds + ((this.#frame - connection.startFrame) * frameMs) / 1_000;
    const allowed = Math.floor(seconds * bytesPerSecond);
    while (connection.sent < allowed) {
      const at = connection.position + connection.sent;
      const from = isStation ? at % bytes.length : at;
      const part = bytes.subarray(from, from + Math.min(allowed - connection.sent, 64 * 1024));
      if (part.length === 0) return void connection.response.end();
      connection.sent += part.length;
      connection.response.write(part);
    }
  }
}

/** Server of several files and stations, each with outages of its own. */
class OutageServer implements AsyncDisposable {
  readonly #server = createServer((request, response) => {
    const stage = this.#stages.get(request.url ?? "");
    if (stage) void stage.answer(request, response);
    else response.writeHead(404).end();
  });
  readonly #sockets = new Set<Socket>();
  readonly #stages = new Map<string, Stage>();

  static async start(): Promise<OutageServer> {
    const server = new OutageServer();
    server.#server.on("connection", (socket: Socket) => {
      server.#sockets.add(socket);
      socket.on("error", () => {}).on("close", () => server.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  /** Adds a file or station. */
  serve(served: Served): { readonly url: string; readonly stage: Stage } {
    const path = `/${this.#stages.size}`;
    const stage = new Stage(served);
    this.#stages.set(path, stage);
    return { url: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`, stage };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** What a player sent, in frames of 20 ms. */
interface Sent {
  /** Frames of silence before the first audible one. */
  readonly before: number;
  /** Frames of silence after it. */
  readonly missing: number;
  readonly requests: number;
}

/** What to play, and for how many frames from the first audible one on. */
interface OutageCase {
  readonly served: Served;
  /** Outage after 2 s, of 5 s. */
  readonly outage?: Outage;
  /** Default 800: 16 s, more than the server has sent when the outage begins. */
  readonly frames?: number;
}

const outageStart = 100;
const outageEnd = 350;

/** Plays several cases side by side. Returns what was sent of each. */
export async function playWithOutages(
  cases: Readonly<Record<string, OutageCase>>,
): Promise<readonly (readonly [name: string, sent: Sent])[]> {
  await using server = await OutageServer.start();
  await using players = new TestPlayers({ threads: 2, locate: locateUrl });
  return await Promise.all(
    Object.entries(cases).map(
      async ([name, played], index) =>
        [name, await playThrough(players, server, played, String(index + 1))] as const,
    ),
  );
}

async function playThrough(
  players: TestPlayers,
  server: OutageServer,
  { served, outage, frames = 800 }: OutageCase,
  guild: string,
): Promise<Sent> {
  const { url, stage } = server.serve(served);
  const perform = (op: OperationName, payload: Readonly<Record<string, unknown>>): void => {
    const fields = readOperation(op, payload);
    if (!fields.ok) throw new Error(`${fields.field} must be ${fields.expected}`);
    players.players.perform("1", guild, { op, fields: fields.value, payload } as PlayerOperation);
  };
  const lengthMs = stage.isStation ? null : Math.round((1_000 * served.bytes.length) / served.bytesPerSecond);
  perform("play", { track: fileTrack(url, lengthMs, "http"), radio: true });
  const audio = players.players.find("1", guild)?.audio;
  if (!audio) throw new Error("the player does not exist");
  const { promise, resolve } = Promise.withResolvers<void>();
  let [before, audible, missing] = [0, 0, 0];
  audio.listener = (packet) => {
    const isSilent = Buffer.compare(packet, silencePacket) === 0;
    if (!isSilent) audible += 1;
    else if (audible === 0) before += 1;
    else missing += 1;
    const passed = audible + missing;
    stage.advance(passed);
    if (outage && passed === outageStart) stage.begin(outage);
    if (passed === outageEnd) stage.end();
    if (passed === frames) resolve();
  };
  await promise;
  audio.listener = undefined;
  perform("destroy", {});
  return { before, missing, requests: stage.requests };
}
