import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { expect, onTestFinished } from "vitest";
import { type RawData, WebSocket } from "ws";
import type { AndesiteNode } from "../../packages/andesite-node/src/andesite-node.ts";
import {
  createFakeServices,
  encodeFakeTrack,
  type FakeServices,
} from "../../packages/andesite-node/src/api/api.test-support.ts";
import { createNode } from "../../packages/andesite-node/src/create-node.ts";
import { startNode } from "../../packages/andesite-node/src/node.ts";
import type { AndesiteNodeOptions } from "../../packages/andesite-node/src/options.ts";
import { createMusicFolder, type MusicFolder } from "./music-folder.ts";

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** A node for one test. */
export interface RunningNode {
  readonly node: AndesiteNode;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
}

/** Node of a protocol test, with fake services or real ones. */
export interface CheckedNode extends RunningNode {
  /** Returns an encoded track of one minute that this node can play. */
  track(title: string): string;
  /** Identifiers by load result. All tracks and playlists found have "a song" in their name. */
  readonly identifiers: MusicFolder["identifiers"];
  /** Names of sources whose tracks this node can play. */
  readonly sources: readonly string[];
  /** Ends the voice connection of a user in a guild. */
  closeVoice(userId: string, guildId: string): Promise<void>;
}

/** Node without audio, with access to its fake services. */
export interface TestNode extends FakeServices, CheckedNode {}

/**
 * Starts a node with fake services on a free port of the loopback, with metrics by default. It closes after
 * the test.
 */
export async function startTestNode(options: AndesiteNodeOptions = {}): Promise<TestNode> {
  const services = createFakeServices();
  return {
    ...services,
    ...(await run(options, (complete) => startNode(complete, () => services))),
    track: encodeFakeTrack,
    identifiers: {
      one: "one:a song",
      list: "list:a song",
      search: "search:a song",
      nothing: "nothing",
      failure: "fail:gone",
    },
    sources: services.loader.enabledSources,
    closeVoice: (userId, guildId) => {
      const fields = { reason: "Session no longer valid", code: 4_006, byRemote: true };
      return Promise.resolve(
        services.players.emitEvent(userId, guildId, "WebSocketClosedEvent", fields, true),
      );
    },
  };
}

/** Starts a node with real services and a music folder. It closes after the test. */
async function startRealNode(options: AndesiteNodeOptions = {}): Promise<CheckedNode> {
  const { loading: own, track, identifiers } = await createMusicFolder();
  const limits = { ...own.limits, ...options.loading?.limits };
  const loading = { ...own, ...options.loading, sources: own.sources, limits };
  const running = await run({ voice: { connectTimeoutMs: 200 }, ...options, loading }, createNode);
  return {
    ...running,
    track,
    identifiers,
    sources: ["youtube", "soundcloud", "bandcamp", "vimeo", "twitch", "local"],
    async closeVoice(userId, guildId) {
      // The node may not connect to private addresses, so this connection fails immediately.
      const event = { endpoint: "127.0.0.1:443", token: "t" };
      const body = JSON.stringify({ guildId, sessionId: "s", event });
      const headers = { "User-Id": userId };
      await fetch(`${running.url}/player/voice-server-update`, { method: "POST", headers, body });
    },
  };
}

/**
 * Both kinds of nodes. The checklist tests run on each of them, except for cases that only one can produce.
 */
export const everyNode = [
  { name: "fake services", start: startTestNode },
  { name: "real node", start: startRealNode },
] as const;

async function run(
  options: AndesiteNodeOptions,
  start: (options: AndesiteNodeOptions) => Promise<AndesiteNode>,
): Promise<RunningNode> {
  const http = { host: "127.0.0.1", port: 0, ...options.http };
  const node = await start({ metrics: { enabled: true }, ...options, http });
  onTestFinished(() => node.close({ graceMs: 500 }));
  return { node, url: `http://127.0.0.1:${node.port}` };
}

/** HTTP response of a node. */
export interface NodeResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown;
}

/** Sends a request. A body other than a string is serialized as JSON. */
export async function sendRequest(
  url: string,
  {
    method = "GET",
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
): Promise<NodeResponse> {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url, { method, headers, ...(text !== undefined && { body: text }) });
  const responseText = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: responseText === "" ? undefined : JSON.parse(responseText),
  };
}

/**
 * Waits until the node has a number of open WebSockets. It notices a closed connection later than its client.
 */
export async function waitForSocketCount({ url }: Pick<RunningNode, "url">, count: number): Promise<void> {
  const sockets = async () => await (await fetch(`${url}/metrics?name[]=andesite_websockets`)).text();
  await expect.poll(sockets).toMatch(new RegExp(`^andesite_websockets ${count}$`, "m"));
}

/** WebSocket client of a test, with all messages that it received. */
export class TestSocket {
  readonly webSocket: WebSocket;
  /** Headers of the handshake response. */
  headers: IncomingHttpHeaders = {};
  readonly received: Json[] = [];
  /** Close code and reason; null while it is open. */
  closing: { code: number; reason: string } | null = null;
  readonly #waiters = new Set<() => void>();

  private constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.on("upgrade", ({ headers }) => {
      this.headers = headers;
    });
    webSocket.on("message", (data: RawData) => {
      this.received.push(JSON.parse(String(data)));
      this.#notifyWaiters();
    });
    webSocket.on("error", () => this.#notifyWaiters());
    webSocket.on("close", (code, reason) => {
      this.closing = { code, reason: String(reason) };
      this.#notifyWaiters();
    });
  }

  /** Opens a WebSocket. It closes after the test. */
  static async open(
    url: string,
    {
      path = "/websocket",
      headers = { "User-Id": "1" },
      protocols = [],
    }: { path?: string; headers?: Record<string, string>; protocols?: string[] } = {},
  ): Promise<TestSocket> {
    const webSocket = new WebSocket(`${url.replace("http", "ws")}${path}`, protocols, {
      headers,
      perMessageDeflate: false,
    });
    onTestFinished(() => webSocket.terminate());
    const socket = new TestSocket(webSocket);
    await once(webSocket, "open");
    return socket;
  }

  send(message: object | string): void {
    this.webSocket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Waits until a condition is true after a message. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.closing && !condition())
        throw new Error(`closed with ${this.closing.code} ${this.closing.reason}`);
      await new Promise<void>((resolve) => {
        this.#waiters.add(resolve);
      });
    }
  }

  /** Waits until a number of messages have arrived. Returns all messages. */
  async messages(count: number): Promise<Json[]> {
    await this.until(() => this.received.length >= count);
    return this.received;
  }

  /**
   * Waits until the node has handled all previous messages, by a ping. Returns all received messages without
   * its reply.
   */
  async settle(): Promise<Json[]> {
    const mark = Math.random();
    this.send({ op: "ping", mark });
    await this.until(() => this.received.some((message) => message["mark"] === mark));
    this.received.splice(
      this.received.findIndex((message) => message["mark"] === mark),
      1,
    );
    return this.received;
  }

  /** Waits until the connection is closed. */
  async closed(): Promise<{ code: number; reason: string }> {
    while (!this.closing) {
      await new Promise<void>((resolve) => {
        this.#waiters.add(resolve);
      });
    }
    return this.closing;
  }

  /** Terminates the connection without a closing handshake. */
  async drop(): Promise<void> {
    this.webSocket.terminate();
    await this.closed();
  }

  #notifyWaiters(): void {
    for (const resolve of this.#waiters) resolve();
    this.#waiters.clear();
  }
}

/** Sends a handshake that must be refused. Returns the response. */
export function sendRefusedHandshake(
  url: string,
  { headers = {}, protocols = [] }: { headers?: Record<string, string>; protocols?: string[] } = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; body: unknown }> {
  const webSocket = new WebSocket(url.replace("http", "ws"), protocols, { headers });
  return new Promise((resolve, reject) => {
    webSocket.on("open", () => reject(new Error("the handshake was accepted")));
    webSocket.on("error", () => {});
    webSocket.on("unexpected-response", (_request, response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        webSocket.terminate();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) });
      });
    });
  });
}
