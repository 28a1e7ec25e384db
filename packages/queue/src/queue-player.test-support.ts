import { createClient } from "@asterite/andesite";
import { ScriptedNode, type ScriptedNodeOptions } from "@asterite/testkit";
import { onTestFinished } from "vitest";
import { EntryEndEvent, EntryStartEvent, QueueHaltEvent, QueueIdleEvent } from "./events.ts";
import type { QueueNode } from "./node-link.ts";
import type { QueuePlayerOptions } from "./player-options.ts";
import { QueuePlayer } from "./queue-player.ts";

/** A guild, whose player is commanded by the user 1. */
export const guild = "5";

export async function startNode(options: ScriptedNodeOptions = { additions: true }): Promise<ScriptedNode> {
  const node = await ScriptedNode.start(options);
  onTestFinished(() => node.die());
  return node;
}

/** A client without a state of its own: the queue restores what is to be restored. */
export function connect(node: ScriptedNode): QueueNode {
  const client = createClient(node.httpUrl, node.webSocketUrl, null, "1", {
    state: false,
    backoff: { capMs: 10 },
  });
  onTestFinished(() => client.close());
  return client;
}

/** A queue player with what it told so far, in short words. */
export interface Told {
  readonly player: QueuePlayer;
  readonly told: string[];
}

export function makePlayer(client: QueueNode, options: QueuePlayerOptions = {}): Told {
  const player = new QueuePlayer(client, guild, { radio: true, retryDelayMs: 1, ...options });
  onTestFinished(() => player.close());
  const told: string[] = [];
  player.on(EntryStartEvent, ({ entry, isResumed }) =>
    told.push(`${isResumed ? "again" : "start"} ${entry.track.title}`),
  );
  player.on(EntryEndEvent, ({ entry, reason }) => told.push(`${reason} ${entry.track.title}`));
  player.on(QueueIdleEvent, () => told.push("idle"));
  player.on(QueueHaltEvent, ({ failures }) => told.push(`halt ${failures}`));
  return { player, told };
}

/** The tracks that the node was told to play, those that were not to replace anything in brackets. */
export const plays = (node: ScriptedNode): string[] =>
  node.operations.flatMap(({ op, fields }) => {
    if (op !== "play") return [];
    const { track, noReplace, next } = fields;
    if (noReplace === true) return [`(${track})`];
    return [next === true ? `${track} next` : String(track)];
  });
