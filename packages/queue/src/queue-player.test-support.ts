import { createClient } from "@asterite/andesite";
import { ScriptedNode, type ScriptedNodeOptions } from "@asterite/testkit";
import { onTestFinished } from "vitest";
import { EntryEndEvent, EntryStartEvent, QueueHaltEvent, QueueIdleEvent } from "./events.ts";
import type { QueueNode } from "./node-link.ts";
import type { QueuePlayerOptions } from "./player-options.ts";
import { titleOf } from "./queue.test-support.ts";
import { QueuePlayer } from "./queue-player.ts";

/** Guild of the player, which belongs to user 1. */
export const guild = "5";

/** Starts a scripted node that ends with the test. */
export async function startNode(options: ScriptedNodeOptions = { additions: true }): Promise<ScriptedNode> {
  const node = await ScriptedNode.start(options);
  onTestFinished(() => node.die());
  return node;
}

/** Creates a client without player state of its own, because the queue restores the player. */
export function connect(node: ScriptedNode): QueueNode {
  const client = createClient(node.httpUrl, node.webSocketUrl, null, "1", {
    state: false,
    backoff: { capMs: 10 },
  });
  onTestFinished(() => client.close());
  return client;
}

/** A queue player and the log of its events, one short line each. */
export interface LoggedPlayer {
  readonly player: QueuePlayer;
  readonly log: string[];
}

/** Creates a queue player that is closed after the test. */
export function makePlayer(client: QueueNode, options: QueuePlayerOptions = {}): LoggedPlayer {
  const player = new QueuePlayer(client, guild, { radio: true, retryDelayMs: 1, ...options });
  onTestFinished(() => player.close());
  const log: string[] = [];
  player.on(EntryStartEvent, ({ entry, isResumed }) =>
    log.push(`${isResumed ? "again" : "start"} ${entry.track.title}`),
  );
  player.on(EntryEndEvent, ({ entry, reason }) => log.push(`${reason} ${entry.track.title}`));
  player.on(QueueIdleEvent, () => log.push("idle"));
  player.on(QueueHaltEvent, ({ failures }) => log.push(`halt ${failures}`));
  return { player, log };
}

/** Returns the tracks of all `play` operations; those with `noReplace` are in brackets. */
export const plays = (node: ScriptedNode): string[] =>
  node.operations.flatMap(({ op, fields }) => {
    if (op !== "play") return [];
    const { noReplace, next } = fields;
    const track = titleOf(fields["track"]);
    if (noReplace === true) return [`(${track})`];
    return [next === true ? `${track} next` : String(track)];
  });

/** Title of the track that the node plays; undefined without a player, null without a track. */
export const playing = (node: ScriptedNode): unknown => titleOf(node.player(guild)?.track);

/** Title of the track that the node plays next. */
export const nextOf = (node: ScriptedNode): unknown => titleOf(node.player(guild)?.next);
