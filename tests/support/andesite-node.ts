import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { expect, onTestFinished } from "vitest";
import { type RawData, WebSocket } from "ws";
import {
  type FakeServices,
  createFakeServices,
  encodeFakeTrack,
} from "../../packages/andesite-node/src/api/api.test-support.ts";
import { createNode } from "../../packages/andesite-node/src/create-node.ts";
import { type AndesiteNode, startNode } from "../../packages/andesite-node/src/node.ts";
import type { AndesiteNodeOptions } from "../../packages/andesite-node/src/options.ts";
import { type MusicFolder, makeMusicFolder } from "./music-folder.ts";

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** A node for one test. */
export interface RunningNode {
  readonly node: AndesiteNode;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
}

/** A node with what tests of the wire need of it, whether there is audio behind it or not. */
export interface CheckedNode extends RunningNode {
  /** A track of a minute that plays here, encoded. */
  track(title: string): string;
  /** What to load for each end of loading; every track and list that is found has "a song" in its name. */
  readonly identifiers: MusicFolder["identifiers"];
  /** Names of the sources whose tracks play here. */
  readonly sources: readonly string[];
  /** Has the voice connection of a user in a guild end. */
  closeVoice(userId: string, guildId: string): Promise<void>;
}

/** A node without audio, and what stands behind its network face. */
export interface TestNode extends FakeServices, CheckedNode {}

/**
 * Starts a node whose players only keep what they are told, on a free port of the loopback, with metrics unless
 * told otherwise; it ends with the test.
 */
export async function startTestNode(options: AndesiteNodeOptions = {}): Promise<TestNode> {
  const parts = createFakeServices();
  return {
    ...parts,
    ...(await run(options, (all) => startNode(all, () => parts))),
    track: encodeFakeTrack,
    identifiers: {
      one: "one:a song",
      list: "list:a song",
      search: "search:a song",
      nothing: "nothing",
      failure: "fail:gone",
    },
    sources: parts.loader.enabledSources,
    closeVoice: (userId, guildId) => {
      const fields = { reason: "Session no longer valid", code: 4_006, byRemote: true };
      return Promise.resolve(parts.players.emitEvent(userId, guildId, "WebSocketClosedEvent", fields, true));
    },
  };
}

/** Starts a node with all that belongs to it, and a folder of music, in the same way. */
async function startWholeNode(options: AndesiteNodeOptions = {}): Promise<CheckedNode> {
  const { loading: own, track, identifiers } = await makeMusicFolder();
  const limits = { ...own.limits, ...options.loading?.limits };
  const loading = { ...own, ...options.loading, sources: own.sources, limits };
  const running = await run({ voice: { connectTimeoutMs: 200 }, ...options, loading }, createNode);
  return {
    ...running,
    track,
    identifiers,
    sources: ["youtube", "soundcloud", "bandcamp", "vimeo", "twitch", "local"],
    async closeVoice(userId, guildId) {
      // A node reaches nothing in the network of its owner, so that this one ends before it begins.
      const event = { endpoint: "127.0.0.1:443", token: "t" };
      const body = JSON.stringify({ guildId, sessionId: "s", event });
      const headers = { "User-Id": userId };
      await fetch(`${running.url}/player/voice-server-update`, { method: "POST", headers, body });
    },
  };
}

/** Both: the tests of a check-list run on each of them, but for what only one can be made to do. */
export const everyNode = [
  { name: "the network face alone", start: startTestNode },
  { name: "a whole node", start: startWholeNode },
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

/** What a node answered. */
export interface NodeAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON; undefined for an answer without body. */
  readonly body: unknown;
}

/** Sends a request; a body that is no text is written as JSON. */
export async function ask(
  url: string,
  {
    method = "GET",
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
): Promise<NodeAnswer> {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url, { method, headers, ...(text !== undefined && { body: text }) });
  const answer = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: answer === "" ? undefined : JSON.parse(answer),
  };
}

/** Waits until the node has as many WebSockets as this: it hears of the end of one later than its client. */
export async function untilSockets({ url }: Pick<RunningNode, "url">, count: number): Promise<void> {
  const sockets = async () => await (await fetch(`${url}/metrics?name[]=andesite_websockets`)).text();
  await expect.poll(sockets).toMatch(new RegExp(`^andesite_websockets ${count}$`, "m"));
}

/** A WebSocket of a test, with everything that it received. */
export class TestSocket {
  readonly webSocket: WebSocket;
  /** Of the answer to the handshake. */
  headers: IncomingHttpHeaders = {};
  readonly received: Json[] = [];
  /** Code and reason with which it ended. */
  closing: { code: number; reason: string } | null = null;
  readonly #waiting = new Set<() => void>();

  private constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.on("upgrade", ({ headers }) => {
      this.headers = headers;
    });
    webSocket.on("message", (data: RawData) => {
      this.received.push(JSON.parse(String(data)));
      this.#wake();
    });
    webSocket.on("error", () => this.#wake());
    webSocket.on("close", (code, reason) => {
      this.closing = { code, reason: String(reason) };
      this.#wake();
    });
  }

  /** Opens a WebSocket; it ends with the test. */
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

  /** Waits until something holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.closing && !condition())
        throw new Error(`closed with ${this.closing.code} ${this.closing.reason}`);
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  /** Waits until this many messages have come, and gives them all. */
  async messages(count: number): Promise<Json[]> {
    await this.until(() => this.received.length >= count);
    return this.received;
  }

  /** Waits until the node has handled all that was sent before, and gives all that has come, without the answer. */
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

  /** Waits for the end. */
  async closed(): Promise<{ code: number; reason: string }> {
    while (!this.closing) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
    return this.closing;
  }

  /** Ends it without a word. */
  async drop(): Promise<void> {
    this.webSocket.terminate();
    await this.closed();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Tries a handshake that is refused, and gives the status. */
export function refusedHandshake(
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
