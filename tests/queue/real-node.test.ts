import { createClient, Play, Update } from "@asterite/andesite";
import { encodeTrack } from "@asterite/lavaplayer-track";
import {
  EntryEndEvent,
  EntryStartEvent,
  QueuePlayer,
  type QueuePlayerOptions,
  type QueueSnapshot,
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

/** Creates a queue player, by default with the default state of the client, and logs its events. */
function makePlayer(node: RelayedNode, options: QueuePlayerOptions = {}, state?: false) {
  const client = createClient(node.httpUrl, node.webSocketUrl, null, "1", { backoff: { capMs: 10 }, state });
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

describe("the mixer of a player", options, () => {
  /** Plays a track with a jingle in the mixer from 20 s on. */
  async function playWithMixer(node: RelayedNode, state?: false) {
    const made = makePlayer(node, {}, state);
    made.player.add([toTrack("one", node.track("one"))], ann);
    await expect.poll(() => made.log, { timeout: 30_000 }).toEqual(["start one"]);
    await made.client.mixer(guild, true, {
      jingle: new Play(node.track("jingle"), { start: 20, end: 59, volume: 0.5 }),
      bed: new Play(node.track("bed"), { start: 10 }),
      stopped: new Play(node.track("stopped")),
    });
    await made.client.mixer(guild, null, {
      bed: new Update({ pause: true, filters: { tremolo: { frequency: 4, depth: 0.5 } } }),
      stopped: new Play(null),
    });
    await expectMixer(node);
    return made;
  }

  async function expectMixer(node: RelayedNode, mixerEnabled = true): Promise<void> {
    const reported = async () =>
      (await node.state(guild).catch(() => null)) as Record<string, unknown> | null;
    const bed = { paused: true, filters: { tremolo: { frequency: 4, enabled: true } } };
    const mixer = { jingle: { volume: 50, paused: false }, bed };
    await expect.poll(reported, { timeout: 10_000 }).toMatchObject({ mixerEnabled, mixer });
    const players = (await reported())?.["mixer"] as Record<string, { position: number }>;
    expect(players["jingle"]?.position).toBeGreaterThanOrEqual(20_000);
    expect(players["bed"]?.position).toBeGreaterThanOrEqual(10_000);
  }

  const close = async ({ player, client }: ReturnType<typeof makePlayer>) => {
    await player.close();
    await client.close();
  };
  const snapshotOf = ({ player }: ReturnType<typeof makePlayer>) =>
    readSnapshot(JSON.parse(JSON.stringify(player.toSnapshot())));

  it.each([
    ["with the default state of the client", undefined],
    ["without a state", false] as const,
  ] as const)("survives a restart of the node %s", async (_, state) => {
    const node = await RelayedNode.start();
    await playWithMixer(node, state);
    await node.die();
    await node.restart();
    await expectMixer(node);
  });

  it("survives a restart of node and program through the snapshot", async () => {
    const node = await RelayedNode.start();
    const first = await playWithMixer(node);
    const snapshot = snapshotOf(first);
    expect(Object.keys(snapshot.mixer?.players ?? {})).toEqual(["jingle", "bed"]);
    await close(first);
    await node.die();
    await node.restart();
    const second = makePlayer(node, { snapshot });
    second.player.start();
    await expectMixer(node);
    expect(snapshotOf(second).mixer).toMatchObject(settingsOf(snapshot));
  });

  it("is restored without a track in the queue", async () => {
    const node = await RelayedNode.start();
    const first = await playWithMixer(node);
    first.player.stop();
    const snapshot = snapshotOf(first);
    expect(snapshot.current).toBeNull();
    await close(first);
    await node.die();
    await node.restart();
    makePlayer(node, { snapshot }).player.start();
    // Without a radio track or a listener the mixer has no audio to switch to.
    await expectMixer(node, false);
  });

  it("continues on a node that the program left, and stays in later snapshots", async () => {
    const node = await RelayedNode.start();
    const first = await playWithMixer(node);
    const snapshot = snapshotOf(first);
    await close(first);
    node.operations.length = 0;
    const second = makePlayer(node, { snapshot });
    second.player.start();
    await expect.poll(() => node.opsOf(guild)).toContain("play");
    await second.client.ping(guild);
    expect(node.opsOf(guild)).not.toContain("mixer");
    expect(snapshotOf(second).mixer).toMatchObject(settingsOf(snapshot));
  });

  it("is gone from the snapshot with the player", async () => {
    const node = await RelayedNode.start();
    const { player, client } = await playWithMixer(node);
    player.stop();
    player.release();
    await client.ping(guild);
    expect(player.toSnapshot().mixer).toBeUndefined();
  });

  it("is refused in a snapshot when it could not be sent", () => {
    const snapshot = { mixer: { players: { jingle: { track: 5 } } } };
    expect(() => readSnapshot({ ...emptySnapshot, ...snapshot })).toThrow("mixer");
  });
});

/** Returns the mixer of a snapshot without the positions, which advance. */
function settingsOf({ mixer }: QueueSnapshot) {
  const { players = {}, ...rest } = mixer ?? {};
  const entries = Object.entries(players).map(([id, { start: _start, ...entry }]) => [id, entry]);
  return { ...rest, players: Object.fromEntries(entries) };
}

const emptySnapshot = {
  v: 1,
  current: null,
  upcoming: [],
  history: [],
  loop: "off",
  positionMs: 0,
  savedAtMs: 0,
  preloadedId: null,
  paused: false,
  volume: 1,
  filters: {},
};
