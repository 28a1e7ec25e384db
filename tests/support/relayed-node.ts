import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { ReceivedOperation, ReceivedRequest } from "@asterite/testkit";
import { silentLogger } from "@asterite/util";
import { onTestFinished } from "vitest";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import { createNode } from "../../packages/andesite-node/src/create-node.ts";
import type { AndesiteNode } from "../../packages/andesite-node/src/node.ts";
import type { AndesiteNodeOptions } from "../../packages/andesite-node/src/options.ts";
import { type MusicFolder, makeMusicFolder } from "./music-folder.ts";
import { playerOf } from "./node-player.ts";

/** Headers of a handshake that say something to a node. */
const meaningful = ["user-id", "authorization", "andesite-resume-id"] as const;

/** What a client and the node say to each other over one connection. */
interface Conversation {
  readonly client: WebSocket;
  readonly node: WebSocket;
}

/**
 * A whole node behind a relay, which tells what reaches it and cuts it off, with the names of the test kit's scripted
 * node. It hands on every message as it is.
 */
export class RelayedNode {
  readonly operations: ReceivedOperation[] = [];
  readonly requests: ReceivedRequest[] = [];
  readonly handshakes: ReceivedRequest[] = [];
  /** Why operations failed, which the node tells its log alone. */
  readonly refused: string[] = [];
  /** Called with every text that a client sends. */
  onText: ((text: string) => void) | null = null;
  /** Called before an operation is handed on; true drops it. */
  onOperation: ((operation: ReceivedOperation) => boolean | undefined) | null = null;
  /** Called before a ping is handed on; true drops it. */
  onPing: ((body: Readonly<Record<string, unknown>>) => boolean | undefined) | null = null;
  /** When set, handshakes are answered with this status. */
  refuseWith: number | null = null;
  readonly #options: AndesiteNodeOptions;
  readonly #music: MusicFolder;
  readonly #conversations = new Set<Conversation>();
  readonly #sockets = new Set<Socket>();
  #node: AndesiteNode | null = null;
  #server: Server | null = null;
  #port = 0;

  private constructor(music: MusicFolder, options: AndesiteNodeOptions) {
    this.#music = music;
    this.#options = options;
  }

  /** Starts one, which ends with the test. */
  static async start(options: AndesiteNodeOptions = {}): Promise<RelayedNode> {
    const node = new RelayedNode(await makeMusicFolder(), options);
    await node.restart();
    onTestFinished(() => node.die());
    return node;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.#port}/websocket`;
  }

  /** The node itself, past the relay. */
  get directUrl(): string {
    return `http://127.0.0.1:${this.#node?.port}`;
  }

  /** The connections that are open. */
  get sessions(): readonly Conversation[] {
    return [...this.#conversations];
  }

  /** A track that plays here, encoded. */
  track(title: string): string {
    return this.#music.track(title);
  }

  /** The player of user 1 in a guild. */
  state(guildId: string): ReturnType<typeof playerOf> {
    return playerOf(this.directUrl, "1", guildId, this.#options.password);
  }

  /** Names of the operations that arrived for a guild. */
  opsOf(guildId: string): string[] {
    return this.operations.filter((operation) => operation.guildId === guildId).map(({ op }) => op);
  }

  /** Ends as a killed process does. */
  async die(): Promise<void> {
    const [server, node] = [this.#server, this.#node];
    this.#server = null;
    this.#node = null;
    this.drop();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
    if (server) await new Promise((resolve) => server.close(resolve));
    await node?.close({ graceMs: 0 });
  }

  /** Listens again where it did before, with nothing of before. */
  async restart(): Promise<void> {
    this.#node = await createNode({
      logger: {
        ...silentLogger,
        warn: (fields) => this.#note(fields),
        debug: (fields) => this.#note(fields),
      },
      metrics: { enabled: true },
      voice: { connectTimeoutMs: 200 },
      ...this.#options,
      http: { host: "127.0.0.1", port: 0 },
      loading: this.#music.loading,
    });
    const server = createServer((request, response) => void this.#answer(request, response));
    const webSockets = new WebSocketServer({ noServer: true });
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("upgrade", (request, socket, head) => {
      this.handshakes.push(describe(request, null));
      if (this.refuseWith !== null) {
        refuse(socket as Socket, this.refuseWith);
        return;
      }
      this.#meet(request, (headers, waiting, node) => {
        webSockets.once("headers", (lines) => lines.push(...headers));
        webSockets.handleUpgrade(request, socket, head, (client) => this.#relay({ client, node }, waiting));
      }).catch((status) => refuse(socket as Socket, Number(status) || 502));
    });
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Breaks the connections, on both sides; players and what is kept stay. */
  drop(): void {
    for (const { client, node } of this.#conversations) {
      client.terminate();
      node.terminate();
    }
    this.#conversations.clear();
  }

  /** Stops to read and answer, and leaves everything open. */
  stall(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  #note({ op, reason }: Readonly<Record<string, unknown>>): void {
    if (op !== undefined) this.refused.push(`${op}: ${reason}`);
  }

  /** Connects to the node in the place of a client; fails with the status of a refusal. */
  #meet(
    { headers, url }: IncomingMessage,
    met: (lines: readonly string[], waiting: readonly RawData[], node: WebSocket) => void,
  ): Promise<void> {
    const given = meaningful.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]));
    const node = new WebSocket(`${this.directUrl.replace("http", "ws")}${url}`, {
      headers: Object.fromEntries(given),
      perMessageDeflate: false,
    });
    const waiting: RawData[] = [];
    const keep = (data: RawData): void => void waiting.push(data);
    node.on("message", keep);
    return new Promise((resolve, reject) => {
      node.once("upgrade", ({ headers: answered }) => {
        const lines = Object.entries(answered).flatMap(([name, value]) =>
          name.startsWith("andesite-") ? `${name}: ${value}` : [],
        );
        node.once("open", () => {
          node.off("message", keep);
          met(lines, waiting, node);
          resolve();
        });
      });
      node.on("error", () => reject(502));
      node.once("unexpected-response", (_request, response) => reject(response.statusCode));
    });
  }

  #relay(conversation: Conversation, waiting: readonly RawData[]): void {
    const { client, node } = conversation;
    this.#conversations.add(conversation);
    for (const data of waiting) client.send(String(data));
    node.on("message", (data) => client.send(String(data)));
    client.on("message", (data) => {
      // What was read together with the message that ended it came too late.
      const isOpen = this.#conversations.has(conversation);
      if (isOpen && this.#receive(String(data))) node.send(String(data));
    });
    client.on("error", () => {});
    client.on("close", () => {
      this.#conversations.delete(conversation);
      node.terminate();
    });
    node.on("close", () => client.terminate());
  }

  /** Whether to hand a text on. */
  #receive(text: string): boolean {
    this.onText?.(text);
    const body: Readonly<Record<string, unknown>> = JSON.parse(text);
    const { op, guildId, ...fields } = body;
    if (op === "ping") return this.onPing?.(body) !== true;
    if (typeof op !== "string" || typeof guildId !== "string" || op === "event-buffer") return true;
    const operation = { op, guildId, userId: "1", fields };
    if (op !== "get-player" && op !== "get-stats") this.operations.push(operation);
    return this.onOperation?.(operation) !== true;
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of message) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    this.requests.push(describe(message, text === "" ? null : JSON.parse(text)));
    const headers = Object.entries(message.headers).filter(
      ([name]) => !/^(?:host|connection|content-length|transfer-encoding)$/.test(name),
    );
    const answer = await fetch(this.directUrl + message.url, {
      method: message.method ?? "GET",
      headers: headers.map(([name, value]) => [name, String(value)] as [string, string]),
      ...(text !== "" && { body: text }),
    });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.end(await answer.text());
  }
}

function describe({ method, url, headers }: IncomingMessage, body: unknown): ReceivedRequest {
  const { pathname, searchParams } = new URL(url ?? "/", "http://node");
  return {
    method: method ?? "",
    path: pathname.slice(1),
    query: Object.fromEntries(searchParams),
    headers,
    body,
  };
}

const refuse = (socket: Socket, status: number): void => {
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};
