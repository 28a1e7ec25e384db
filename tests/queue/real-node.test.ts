import { createClient } from "@asterite/andesite";
import { encodeTrack } from "@asterite/lavaplayer-track";
import {
  EntryEndEvent,
  EntryStartEvent,
  QueuePlayer,
  type QueuePlayerOptions,
  type QueueTrack,
  readSnapshot,
} from "@asterite/queue";
import { describe, expect, it, onTestFinished } from "vitest";
import { RelayedNode } from "../support/relayed-node.ts";

const guild = "5";
const ann = { id: "7", name: "ann" };

/** Creates a queue track from an encoded one. */
const toTrack = (title: string, track: string): QueueTrack => ({
  track,
  title,
  author: "an artist",
  lengthMs: 60_000,
  identifier: title,
  uri: null,
  artwork: null,
  isSeekable: true,
});

/** Creates a queue player with the default state of the client, and logs its events. */
function makePlayer(node: RelayedNode, options: QueuePlayerOptions = {}) {
  const client = createClient(node.httpUrl, node.webSocketUrl, null, "1", { backoff: { capMs: 10 } });
  const player = new QueuePlayer(client, guild, { radio: true, ...options });
  onTestFinished(async () => {
    await player.close();
    await client.close();
  });
  const log: string[] = [];
  player.on(EntryStartEvent, ({ entry, isResumed }) =>
    log.push(`${isResumed ? "again" : "start"} ${entry.track.title}`),
  );
  player.on(EntryEndEvent, ({ entry, reason, failure }) =>
    log.push(`${failure?.code ?? reason} ${entry.track.title}`),
  );
  return { player, log, client };
}

/** Waits until the position on the node advances. */
async function expectAdvancing(node: RelayedNode): Promise<number> {
  const position = async () => (await node.state(guild).catch(() => null))?.position ?? 0;
  await expect.poll(position, { timeout: 30_000 }).toBeGreaterThan(0);
  const before = await position();
  await expect.poll(position, { timeout: 30_000 }).toBeGreaterThan(before);
  return await position();
}

// On a busy machine, the audio threads of a node start late.
const options = { timeout: 90_000 };

it("skips tracks that a node cannot play, and names the reason", options, async () => {
  const node = await RelayedNode.start();
  const { player, log } = makePlayer(node);
  const missing = encodeTrack({
    info: { title: "missing", author: "", identifier: "/nowhere.wav", uri: "/nowhere.wav", lengthMs: 1_000 },
    source: { name: "local", probe: { name: "wav", parameters: null } },
  });
  const foreign = encodeTrack({
    info: { title: "foreign", author: "", identifier: "x", lengthMs: 1_000 },
    source: { name: "nicovideo" },
  });
  player.add(
    [
      toTrack("damaged", "AAAA"),
      toTrack("foreign", foreign),
      toTrack("missing", missing),
      toTrack("good", node.track("one")),
    ],
    ann,
  );
  await expect.poll(() => log.at(-1), { timeout: 30_000 }).toBe("start good");
  expect(log.filter((line) => !line.startsWith("start"))).toEqual([
    "TRACK_MALFORMED damaged",
    "TRACK_REJECTED foreign",
    "LOAD_FAILED missing",
  ]);
  expect(node.operations.filter(({ op }) => op === "play")).toHaveLength(3);
});

describe("with the default state of the client", options, () => {
  const audio = { volume: 0.5, filters: { timescale: { speed: 1.5 } } } as const;

  it("continues after the node was restarted, with volume, filters and the next track", async () => {
    const node = await RelayedNode.start();
    const { player, log } = makePlayer(node, { gapless: true, crossfadeMs: 1_000, normalize: true });
    player.setVolume(audio.volume);
    player.add([toTrack("one", node.track("one")), toTrack("two", node.track("two"))], ann);
    await expect.poll(() => log).toEqual(["start one"]);
    player.setFilters(audio.filters);
    await expectAdvancing(node);
    await node.die();
    await node.restart();
    node.operations.length = 0;
    await expectAdvancing(node);
    await expect.poll(() => node.state(guild)).toMatchObject({ volume: 50 });
    await expect
      .poll(() => node.state(guild))
      .toMatchObject({ filters: { timescale: { speed: 1.5, enabled: true } } });
    expect(player.volume).toBe(0.5);
    const play = () => node.operations.filter(({ op, fields }) => op === "play" && fields["next"] !== true);
    await expect.poll(() => play().length).toBeGreaterThan(0);
    expect(play().every(({ fields }) => fields["radio"] === true && fields["normalize"] === true)).toBe(true);
    player.seek(57_000);
    await expect.poll(() => log.at(-1), { timeout: 30_000 }).toBe("start two");
  });

  it("resumes in another process from a snapshot", async () => {
    const node = await RelayedNode.start();
    const first = makePlayer(node);
    first.player.setVolume(audio.volume);
    first.player.setFilters(audio.filters);
    first.player.add([toTrack("one", node.track("one"))], ann, "back", { channel: "music" });
    await expect.poll(() => first.log, { timeout: 30_000 }).toEqual(["start one"]);
    await expectAdvancing(node);
    const snapshot = readSnapshot(JSON.parse(JSON.stringify(first.player.toSnapshot())));
    await first.player.close();
    await first.client.close();
    await node.die();
    await node.restart();
    const second = makePlayer(node, { snapshot });
    second.player.start();
    await expect.poll(() => second.log, { timeout: 30_000 }).toEqual(["again one"]);
    expect(await expectAdvancing(node)).toBeGreaterThan(snapshot.positionMs);
    expect(second.player.queue.current?.userData).toEqual({ channel: "music" });
    await expect.poll(() => node.state(guild)).toMatchObject({ volume: 50 });
  });
});
