import { encodeTrack } from "@asterite/lavaplayer-track";
import { ScriptedNode, type ScriptedNodeOptions } from "@asterite/testkit";
import { onTestFinished } from "vitest";
import { WebSocketPool } from "./advanced.ts";
import {
  type AbstractWebSocket,
  type AbstractWebSocketClient,
  type PoolScoringFunction,
  WebSocket,
  WebSocketBase,
  type WebSocketClientOptions,
  type WebSocketPoolOptions,
} from "./index.ts";

/** Returns an encoded track with an identifier. */
export const encoded = (identifier: string): string =>
  encodeTrack({
    info: { title: identifier, author: "", lengthMs: 180_000, identifier },
    source: { name: "youtube" },
  });

/** Starts a scripted node, which stops after the test. */
export async function startNode(options?: ScriptedNodeOptions): Promise<ScriptedNode> {
  const node = await ScriptedNode.start(options);
  onTestFinished(() => node.die());
  return node;
}

const quick = { backoff: { capMs: 20 }, stableAfterMs: 0 };
const urlOf = (node: ScriptedNode | string) => (typeof node === "string" ? node : node.webSocketUrl);

/** Closes a client after the test. */
export function closeAfterTest<Client extends { close(): Promise<void> }>(client: Client): Client {
  onTestFinished(() => client.close());
  return client;
}

/** Creates a client of user 1 with a short back-off, which closes after the test. */
export const makeClient = (
  node: ScriptedNode | string,
  options?: WebSocketClientOptions,
  password: string | null = null,
): WebSocket => closeAfterTest(new WebSocket(urlOf(node), "1", password, { ...quick, ...options }));

/** Creates a client without operations, for pools. */
export const makeMember = (node: ScriptedNode | string, options?: WebSocketClientOptions): WebSocketBase =>
  closeAfterTest(new WebSocketBase(urlOf(node), "1", null, { ...quick, ...options }));

/** Polls until a condition holds for which there is no event. */
export async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Returns the next event of a class. */
export const nextEvent = <Event extends object>(
  client: WebSocketBase,
  type: abstract new (...args: never[]) => Event,
): Promise<Event> => client.eventTarget.subscribe(type).first();

/** Creates a pool, which closes after the test. */
export const makePool = (
  clients: readonly AbstractWebSocket[],
  options?: WebSocketPoolOptions,
): WebSocketPool => closeAfterTest(new WebSocketPool(clients, { migrateAfterMs: 30, ...options }));

/** Returns a scoring function that prefers members in the given order. */
export const inOrder =
  (...clients: readonly AbstractWebSocketClient[]): PoolScoringFunction =>
  ({ client }) =>
    -clients.indexOf(client as AbstractWebSocketClient);
