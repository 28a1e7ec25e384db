import {
  type AbstractWebSocket,
  Client,
  ClientBase,
  HTTP,
  HTTPBase,
  type HTTPInterface,
  WebSocket,
  WebSocketBase,
  type WebSocketClientOptions,
  type WebSocketInterface,
} from "@asterite/andesite";
import type { Observable } from "@asterite/observable";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { AndesiteNodeOptions } from "../../packages/andesite-node/src/options.ts";
import { closeAfterTest } from "./andesite.ts";
import { RelayedNode } from "./relayed-node.ts";

/** A real node that the tests of a file share. */
export interface SharedNode {
  /** The node behind its relay; records start empty in each test. */
  readonly node: RelayedNode;
  /** Returns a guild that no other test uses. */
  guild(): string;
}

/** Starts a node before the tests of this file, and closes it after them. */
export function shareNode(options: AndesiteNodeOptions = {}): SharedNode {
  const cleanUps: (() => Promise<void>)[] = [];
  let node: RelayedNode;
  let guilds = 100;
  beforeAll(async () => {
    node = await RelayedNode.start(options, (cleanUp) => cleanUps.push(cleanUp));
  });
  beforeEach(() => {
    for (const records of [node.operations, node.requests, node.handshakes, node.refused]) records.length = 0;
    Object.assign(node, { onText: null, onOperation: null, onPing: null, refuseWith: null });
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });
  return {
    get node() {
      return node;
    },
    guild: () => String(++guilds),
  };
}

/** Addresses and password of a node. */
type Target = Pick<RelayedNode, "httpUrl" | "webSocketUrl"> & { readonly password?: string | null };

/** A client with the routes; `getStats` takes different arguments in each. */
type Routes = Omit<HTTPInterface, "getStats">;
/** A client with the operations, which emits events. */
export type Operations = WebSocketInterface & Observable;

const combined = (
  { httpUrl, webSocketUrl, password = null }: Target,
  options?: WebSocketClientOptions,
): [HTTPBase, WebSocketBase] => [
  new HTTPBase(httpUrl, password),
  new WebSocketBase(webSocketUrl, "1", password, options),
];

/** Creates a client with the routes; closed after the test. */
export const newRoutes = (name: "HTTP" | "Client", target: Target): Routes =>
  closeAfterTest(
    name === "HTTP" ? new HTTP(target.httpUrl, target.password ?? null) : new Client(...combined(target)),
  );

/** Creates a client with the operations, of user 1; closed after the test. */
export const newOperations = (
  name: "WebSocket" | "Client",
  target: Target,
  options?: WebSocketClientOptions,
): Operations =>
  closeAfterTest(
    name === "WebSocket"
      ? new WebSocket(target.webSocketUrl, "1", target.password ?? null, options)
      : new Client(...combined(target, options)),
  );

/** Creates a client that sends messages, of user 1; closed after the test. */
export function newMessages(
  name: "WebSocketBase" | "WebSocket" | "ClientBase" | "Client",
  target: Target,
  options?: WebSocketClientOptions,
): AbstractWebSocket {
  if (name === "WebSocket" || name === "Client") return newOperations(name, target, options);
  return closeAfterTest(
    name === "ClientBase"
      ? new ClientBase(...combined(target, options))
      : new WebSocketBase(target.webSocketUrl, "1", target.password ?? null, options),
  );
}
