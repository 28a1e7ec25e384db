import { Play } from "@asterite/andesite";
import type { ScriptedNode } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import { QueueChangeEvent } from "./events.ts";
import type { QueueNode } from "./node-link.ts";
import type { QueuePlayerOptions } from "./player-options.ts";
import { ann, encoded, track } from "./queue.test-support.ts";
import { connect, guild, makePlayer, startNode } from "./queue-player.test-support.ts";
import { readSnapshot } from "./snapshot.ts";

type Sender = QueueNode & { mixer(guild: string, enable: boolean, players: object): Promise<void> };

/** Plays "a" with a jingle in the mixer. */
async function playWithJingle(node: ScriptedNode, options: QueuePlayerOptions = {}) {
  const client = connect(node) as Sender;
  const made = makePlayer(client, options);
  made.player.add([track("a")], ann);
  await expect.poll(() => made.log).toEqual(["start a"]);
  const changed = made.player.subscribe(QueueChangeEvent).first();
  await client.mixer(guild, true, { jingle: new Play(encoded("jingle"), { volume: 0.5 }) });
  await changed;
  await expect.poll(() => jingleOf(node)).toBe(encoded("jingle"));
  return made;
}

const jingleOf = (node: ScriptedNode) => node.player(guild)?.mixer.get("jingle")?.track;
const snapshotOf = ({ player }: Awaited<ReturnType<typeof playWithJingle>>) =>
  readSnapshot(JSON.parse(JSON.stringify(player.toSnapshot())));
const mixerOps = (node: ScriptedNode) => node.opsOf(guild).filter((op) => op === "mixer").length;

describe("the mixer of a player", () => {
  it("is restored on a node that was restarted", async () => {
    const node = await startNode();
    const made = await playWithJingle(node);
    await node.die();
    await node.restart();
    await expect.poll(() => jingleOf(node)).toBe(encoded("jingle"));
    expect(node.player(guild)).toMatchObject({ mixerEnabled: true });
    expect(snapshotOf(made).mixer).toMatchObject({
      enable: true,
      players: { jingle: { track: encoded("jingle"), volume: 50 } },
    });
    expect(mixerOps(node)).toBe(2);
  });

  it("is restored from a snapshot, with and without a track in the queue", async () => {
    for (const isStopped of [false, true]) {
      const node = await startNode();
      const first = await playWithJingle(node);
      if (isStopped) first.player.stop();
      const snapshot = snapshotOf(first);
      await first.player.close();
      await node.die();
      await node.restart();
      const second = makePlayer(connect(node), { snapshot });
      second.player.start();
      await expect.poll(() => jingleOf(node)).toBe(encoded("jingle"));
      expect(snapshotOf(second).mixer?.players).toHaveProperty("jingle");
    }
  });

  it("is not sent to a node that still has it", async () => {
    const node = await startNode();
    const first = await playWithJingle(node);
    const snapshot = snapshotOf(first);
    await first.player.close();
    const client = connect(node) as Sender & { ping(guild: string): Promise<number> };
    const second = makePlayer(client, { snapshot });
    second.player.start();
    await expect.poll(() => node.opsOf(guild).filter((op) => op === "play")).toHaveLength(2);
    await client.ping(guild);
    expect(mixerOps(node)).toBe(1);
    expect(snapshotOf(second).mixer?.players).toHaveProperty("jingle");
  });

  it("is forgotten with the player", async () => {
    const node = await startNode();
    const { player } = await playWithJingle(node);
    player.stop();
    player.release();
    await expect.poll(() => player.toSnapshot().mixer).toBeUndefined();
  });
});
