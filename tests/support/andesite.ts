import { encodeTrack } from "@asterite/lavaplayer-track";
import { ScriptedNode, type ScriptedNodeOptions } from "@asterite/testkit";
import { onTestFinished } from "vitest";
import { RelayedNode } from "./relayed-node.ts";

/** Returns an encoded track with a title. */
export const encoded = (title: string): string =>
  encodeTrack({
    info: { title, author: "", lengthMs: 180_000, identifier: title },
    source: { name: "youtube" },
  });

/** Starts a scripted node, which stops after the test. */
export async function startNode(options?: ScriptedNodeOptions): Promise<ScriptedNode> {
  const node = await ScriptedNode.start(options);
  onTestFinished(() => node.die());
  return node;
}

/** Kind of node for tests of the client that need no misbehaviour. */
export interface NodeKind {
  readonly name: string;
  /** Starts a node, which stops after the test. */
  start(options?: Pick<ScriptedNodeOptions, "password" | "region" | "nodeId">): Promise<ObservedNode>;
}

/** Inspection and control that both kinds of nodes support. */
export type ObservedNode = Pick<
  ScriptedNode,
  | "httpUrl"
  | "webSocketUrl"
  | "handshakes"
  | "requests"
  | "operations"
  | "opsOf"
  | "onText"
  | "onOperation"
  | "onPing"
  | "refuseWith"
  | "drop"
  | "die"
  | "restart"
  | "stall"
> & {
  /** Open connections. */
  readonly sessions: readonly unknown[];
  /** Returns an encoded track that the node can play. */
  track(title: string): string;
  /** Reasons why operations failed, which the node does not send to clients. */
  readonly refused: readonly string[];
  /** Returns the player of user 1 in a guild; null for none. */
  state(guildId: string): Promise<{ readonly volume: number; readonly paused: boolean } | null>;
};

/** The scripted node of the test kit, and a complete node behind a relay. */
export const nodeKinds: readonly NodeKind[] = [
  {
    name: "the scripted node",
    start: async (options) => {
      const node = await startNode(options);
      const noMatches = { loadType: "NO_MATCHES", tracks: [], playlistInfo: {} };
      node.respond = ({ path }) =>
        path === "loadtracks"
          ? { status: 200, body: noMatches }
          : { status: 404, body: { code: 404, message: "Not found" } };
      return Object.assign(node, {
        track: encoded,
        refused: [],
        state: (guildId: string) => Promise.resolve(node.player(guildId) ?? null),
      });
    },
  },
  {
    name: "a whole node",
    start: ({ nodeId, ...options } = {}) =>
      RelayedNode.start({ ...options, ...(nodeId !== undefined && { id: nodeId }) }),
  },
];

/** Closes a client after the test. */
export function closeAfterTest<Client extends { close(): Promise<void> }>(client: Client): Client {
  onTestFinished(() => client.close());
  return client;
}

/** Polls until a condition holds for which there is no event. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}
