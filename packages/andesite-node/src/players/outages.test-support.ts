// Test support: a server that bursts and paces like those of files and stations, with outages, and what a player sends of it.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { FilterConfiguration } from "@asterite/audio/dsp";
import { loadOpus } from "@asterite/audio/media";
import { defaultUserAgent } from "../bytes/byte-settings.ts";
import type { Clock } from "../clock.ts";
import { frameMs, silencePacket } from "../engine/frame.ts";
import type { SendReport } from "../engine/messages.ts";
import { PlayerHost } from "../engine/player-host.ts";
import { SharedDeckStats } from "../engine/shared-deck-stats.ts";
import type { WorkerSettings } from "../engine/worker-settings.ts";

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
  // In the thread of the server, so that both stand still together, with a clock that does not make up for lost time.
  const played = new Map<number, Playback>();
  const sendReport: SendReport = (report) => {
    if (report.type === "locate") {
      const url = played.get(report.player)?.url ?? "";
      const location = { type: "http", url, headers: {} } as const;
      host.execute({ type: "located", request: report.request, location });
    }
    if (report.type !== "frames") return;
    let offset = 0;
    for (const [index, player] of report.players.entries()) {
      const end = offset + (report.lengths[index] ?? 0);
      played.get(player)?.receive(report.packets.subarray(offset, end));
      offset = end;
    }
  };
  const host: PlayerHost = new PlayerHost(settings, await loadOpus(), sendReport, undefined, frameByFrame());
  return await Promise.all(
    Object.entries(cases).map(async ([name, { served, outage, frames = 800 }], index) => {
      const player = index + 1;
      const playback = new Playback(server.serve(served), outage, frames);
      played.set(player, playback);
      start(host, player);
      await playback.whenDone;
      host.execute({ type: "remove", player });
      return [name, playback.sent] as const;
    }),
  );
}

/**
 * Returns a clock on which each timer is on time: after a machine has stood still, frames follow one by one, with turns of the event loop
 * in between in which the server can send what they need.
 */
function frameByFrame(): Clock {
  let now = 0;
  let firedMs = performance.now();
  return {
    now: () => now,
    setTimeout(callback, delayMs) {
      const due = now + delayMs;
      const fire = (): void => {
        firedMs = performance.now();
        now = due;
        callback();
      };
      // The frame is played after all that arrived before it was handled.
      return setTimeout(() => setImmediate(fire), Math.max(0, firedMs + delayMs - performance.now()));
    },
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout | undefined),
  };
}

const settings: WorkerSettings = {
  opus: { bitrate: 128_000, complexity: 0 },
  stuckThresholdMs: 10_000,
  bytes: { allowPrivateAddresses: true, userAgent: defaultUserAgent, limits: {} },
  voice: { connectTimeoutMs: 1_000, resumeAttempts: 0 },
  voiceAuthority: null,
};

function start(host: PlayerHost, player: number): void {
  const stats = new SharedDeckStats().memory;
  const deck = { volume: 100, paused: false, filters: new FilterConfiguration().values };
  const command = { generation: 1, startMs: 0, endMs: 0, crossfadeMs: 0, normalize: false, next: false };
  host.execute({ type: "add", player });
  host.execute({ type: "configure", player, deck: null, stats, settings: deck, revision: 1 });
  host.execute({ type: "play", player, deck: null, command, revision: 2 });
  host.execute({ type: "outputs", player, radio: false, hasListeners: true });
}

/** Counts what a player sends, and begins and ends its outage. */
class Playback {
  readonly url: string;
  readonly whenDone: Promise<void>;
  readonly #stage: Stage;
  readonly #outage: Outage | undefined;
  readonly #frames: number;
  readonly #done = Promise.withResolvers<void>();
  #before = 0;
  #audible = 0;
  #missing = 0;

  constructor({ url, stage }: { url: string; stage: Stage }, outage: Outage | undefined, frames: number) {
    this.url = url;
    this.whenDone = this.#done.promise;
    this.#stage = stage;
    this.#outage = outage;
    this.#frames = frames;
  }

  get sent(): Sent {
    return { before: this.#before, missing: this.#missing, requests: this.#stage.requests };
  }

  receive(packet: Uint8Array): void {
    if (Buffer.compare(packet, silencePacket) !== 0) this.#audible += 1;
    else if (this.#audible === 0) this.#before += 1;
    else this.#missing += 1;
    const passed = this.#audible + this.#missing;
    this.#stage.advance(passed);
    if (this.#outage && passed === outageStart) this.#stage.begin(this.#outage);
    if (passed === outageEnd) this.#stage.end();
    if (passed === this.#frames) this.#done.resolve();
  }
}
