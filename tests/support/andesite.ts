import { ScriptedNode, type ScriptedNodeOptions } from "@asterite/testkit";
import { onTestFinished } from "vitest";
import { RelayedNode } from "./relayed-node.ts";

/** A node that ends with the test. */
export async function startNode(options?: ScriptedNodeOptions): Promise<ScriptedNode> {
  const node = await ScriptedNode.start(options);
  onTestFinished(() => node.die());
  return node;
}

/** How to start a node for a test of the client that needs no misbehaviour of it. */
export interface NodeKind {
  readonly name: string;
  /** Starts one, which ends with the test. */
  start(options?: Pick<ScriptedNodeOptions, "password" | "region" | "nodeId">): Promise<ObservedNode>;
}

/** What both kinds of nodes tell and can be made to do. */
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
  /** The connections that are open. */
  readonly sessions: readonly unknown[];
  /** A track that plays there, encoded. */
  track(title: string): string;
  /** Why operations failed, which no client is told. */
  readonly refused: readonly string[];
  /** The player of user 1 in a guild, as far as both can tell; null for none. */
  state(guildId: string): Promise<{ readonly volume: number; readonly paused: boolean } | null>;
};

/** The scripted node of the test kit, and the node of this project. */
export const nodeKinds: readonly NodeKind[] = [
  {
    name: "the scripted node",
    start: async (options) => {
      const node = await startNode(options);
      const nothing = { loadType: "NO_MATCHES", tracks: [], playlistInfo: {} };
      node.respond = ({ path }) =>
        path === "loadtracks"
          ? { status: 200, body: nothing }
          : { status: 404, body: { code: 404, message: "Not found" } };
      return Object.assign(node, {
        track: (title: string) => title,
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

/** Closes a client when the test ends. */
export function closing<Client extends { close(): Promise<void> }>(client: Client): Client {
  onTestFinished(() => client.close());
  return client;
}

/** Waits for something that no event tells. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}
