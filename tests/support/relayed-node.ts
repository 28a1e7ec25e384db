import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type ReceivedOperation, type ReceivedRequest, resetSocket } from "@asterite/testkit";
import { silentLogger } from "@asterite/util";
import { onTestFinished } from "vitest";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import type { AndesiteNode } from "../../packages/andesite-node/src/andesite-node.ts";
import { createNode } from "../../packages/andesite-node/src/create-node.ts";
import type { AndesiteNodeOptions } from "../../packages/andesite-node/src/options.ts";
import type { AtEnd } from "./asterite.ts";
import { fetchPlayerOf } from "./audio-node.ts";
import { createMusicFolder, type MusicFolder } from "./music-folder.ts";

/** Handshake headers that are forwarded to the node. */
const forwardedHeaders = ["user-id", "authorization", "andesite-resume-id", "andesite-extensions"] as const;

/** Two sockets between which messages are forwarded. */
interface RelayedConnection {
  readonly client: WebSocket;
  readonly node: WebSocket;
}

/**
 * Real node behind a relay that records messages and can cut connections, with the interface of the test
 * kit's scripted node. Messages are forwarded unchanged.
 */
export class RelayedNode {
  readonly operations: ReceivedOperation[] = [];
  readonly requests: ReceivedRequest[] = [];
  readonly handshakes: ReceivedRequest[] = [];
  /** Reasons why operations failed, from the log of the node. */
  readonly refused: string[] = [];
  /** Called with each message of a client. */
  onText: ((text: string) => void) | null = null;
  /** Called before an operation is forwarded; return true to drop it. */
  onOperation: ((operation: ReceivedOperation) => boolean | undefined) | null = null;
  /** Called before a ping is forwarded; return true to drop it. */
  onPing: ((body: Readonly<Record<string, unknown>>) => boolean | undefined) | null = null;
  /** HTTP status with which handshakes are rejected; null accepts them. */
  refuseWith: number | null = null;
  readonly #options: AndesiteNodeOptions;
  readonly #music: MusicFolder;
  readonly #connections = new Set<RelayedConnection>();
  readonly #sockets = new Set<Socket>();
  #node: AndesiteNode | null = null;
  #server: Server | null = null;
  #port = 0;

  private constructor(music: MusicFolder, options: AndesiteNodeOptions) {
    this.#music = music;
    this.#options = options;
  }

  /** Starts a node, which is closed at the end; by default, that of the test. */
  static async start(options: AndesiteNodeOptions = {}, atEnd: AtEnd = onTestFinished): Promise<RelayedNode> {
    const node = new RelayedNode(await createMusicFolder(atEnd), options);
    await node.restart();
    atEnd(() => node.die());
    return node;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.#port}/websocket`;
  }

  /** URL of the node, bypassing the relay. */
  get directUrl(): string {
    return `http://127.0.0.1:${this.#node?.port}`;
  }

  /** Open connections. */
  get sessions(): readonly RelayedConnection[] {
    return [...this.#connections];
  }

  /** Identifiers of the music for each result of loading. */
  get identifiers(): MusicFolder["identifiers"] {
    return this.#music.identifiers;
  }

  /** Returns a playable track with a title, encoded. */
  track(title: string): string {
    return this.#music.track(title);
  }

  /** Returns the player of user 1 in a guild. */
  state(guildId: string): ReturnType<typeof fetchPlayerOf> {
    return fetchPlayerOf(this.directUrl, "1", guildId, this.#options.password);
  }

  /** Returns the names of the operations received for a guild. */
  opsOf(guildId: string): string[] {
    return this.operations.filter((operation) => operation.guildId === guildId).map(({ op }) => op);
  }

  /** Closes the node and resets all connections, like a killed process. */
  async die(): Promise<void> {
    const [server, node] = [this.#server, this.#node];
    this.#server = null;
    this.#node = null;
    this.drop();
    for (const socket of this.#sockets) resetSocket(socket);
    this.#sockets.clear();
    if (server) await new Promise((resolve) => server.close(resolve));
    await node?.close({ graceMs: 0 });
  }

  /** Starts a new node on the same port, without players. */
  async restart(): Promise<void> {
    this.#node = await createNode({
      logger: {
        ...silentLogger,
        warn: (fields) => this.#recordRefusal(fields),
        debug: (fields) => this.#recordRefusal(fields),
      },
      metrics: { enabled: true },
      voice: { connectTimeoutMs: 200 },
      ...this.#options,
      http: { host: "127.0.0.1", port: 0 },
      loading: this.#music.loading,
    });
    const server = createServer((request, response) => void this.#forwardRequest(request, response));
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
      this.#connectToNode(request, (headers, buffered, node) => {
        webSockets.once("headers", (lines) => lines.push(...headers));
        webSockets.handleUpgrade(request, socket, head, (client) => this.#relay({ client, node }, buffered));
      }).catch((status) => refuse(socket as Socket, Number(status) || 502));
    });
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Terminates the connections on both sides; players and resumable sessions stay. */
  drop(): void {
    for (const { client, node } of this.#connections) {
      client.terminate();
      node.terminate();
    }
    this.#connections.clear();
  }

  /** Stops reading, and leaves the connections open. */
  stall(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  #recordRefusal({ op, reason }: Readonly<Record<string, unknown>>): void {
    if (op !== undefined) this.refused.push(`${op}: ${reason}`);
  }

  /** Connects to the node for a client; rejects with the HTTP status of a refusal. */
  #connectToNode(
    { headers, url }: IncomingMessage,
    onConnected: (lines: readonly string[], buffered: readonly RawData[], node: WebSocket) => void,
  ): Promise<void> {
    const given = forwardedHeaders.flatMap((name) =>
      headers[name] === undefined ? [] : [[name, headers[name]]],
    );
    const node = new WebSocket(`${this.directUrl.replace("http", "ws")}${url}`, {
      headers: Object.fromEntries(given),
      perMessageDeflate: false,
    });
    const buffered: RawData[] = [];
    const buffer = (data: RawData): void => void buffered.push(data);
    node.on("message", buffer);
    return new Promise((resolve, reject) => {
      node.once("upgrade", ({ headers: responseHeaders }) => {
        const lines = Object.entries(responseHeaders).flatMap(([name, value]) =>
          name.startsWith("andesite-") ? `${name}: ${value}` : [],
        );
        node.once("open", () => {
          node.off("message", buffer);
          onConnected(lines, buffered, node);
          resolve();
        });
      });
      node.on("error", () => reject(502));
      node.once("unexpected-response", (_request, response) => reject(response.statusCode));
    });
  }

  #relay(connection: RelayedConnection, buffered: readonly RawData[]): void {
    const { client, node } = connection;
    this.#connections.add(connection);
    for (const data of buffered) client.send(String(data));
    node.on("message", (data) => client.send(String(data)));
    client.on("message", (data) => {
      // Messages read together with the one that closed the connection are dropped.
      const isOpen = this.#connections.has(connection);
      if (isOpen && this.#shouldForward(String(data))) node.send(String(data));
    });
    client.on("error", () => {});
    client.on("close", () => {
      this.#connections.delete(connection);
      node.terminate();
    });
    node.on("close", () => client.terminate());
  }

  /** Records a message. Returns whether to forward it. */
  #shouldForward(text: string): boolean {
    this.onText?.(text);
    const body: Readonly<Record<string, unknown>> = JSON.parse(text);
    const { op, guildId, ...fields } = body;
    if (op === "ping") return this.onPing?.(body) !== true;
    if (typeof op !== "string" || typeof guildId !== "string" || op === "event-buffer") return true;
    const operation = { op, guildId, userId: "1", fields };
    if (op !== "get-player" && op !== "get-stats") this.operations.push(operation);
    return this.onOperation?.(operation) !== true;
  }

  async #forwardRequest(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of message) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    this.requests.push(describe(message, text === "" ? null : JSON.parse(text)));
    const headers = Object.entries(message.headers).filter(
      ([name]) => !/^(?:host|connection|content-length|transfer-encoding)$/.test(name),
    );
    const reply = await fetch(this.directUrl + message.url, {
      method: message.method ?? "GET",
      headers: headers.map(([name, value]) => [name, String(value)] as [string, string]),
      ...(text !== "" && { body: text }),
    });
    response.writeHead(reply.status, { "content-type": reply.headers.get("content-type") ?? "" });
    response.end(await reply.text());
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
