import { ScriptedNode } from "@asterite/testkit";
import { createPool, RawMsgReceiveEvent, TrackStartEvent } from "../index.ts";
import { encoded } from "../nodes.test-support.ts";

/** Counters of a run and of its failures. */
export interface ChaosCounts {
  operations: number;
  events: number;
  kills: number;
  drops: number;
  stalls: number;
  /** Operations that were rejected. */
  failedOperations: number;
  /** Events of a player on a node that were received twice. */
  duplicateEvents: number;
  /** Guilds whose player does not match the last request. */
  wrongPlayers: number;
  /** Guilds with a player on more than one node. */
  playersTwice: number;
  /** Tracks that were started again although the node had reported their start. */
  tracksTwice: number;
  /**
   * Tracks that were started again because the report of their start was lost with the connection. Not a
   * failure: otherwise plays could be lost.
   */
  uncertainTracksTwice: number;
  /**
   * Handles that keep the process alive (sockets, timers and so on) at the end, in addition to those at the
   * start.
   */
  handlesLeft: number;
}

interface Wanted {
  track: string;
  volume: number;
  paused: boolean;
}

type Handles = ReadonlyMap<string, number>;

function countHandles(): Handles {
  const handles = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) handles.set(kind, (handles.get(kind) ?? 0) + 1);
  return handles;
}

/** Returns the number of additional handles; fewer of one kind do not offset more of another. */
const countLeft = (before: Handles): number =>
  [...countHandles()].reduce((left, [kind, count]) => left + Math.max(0, count - (before.get(kind) ?? 0)), 0);

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const pick = <Value>(values: readonly Value[]): Value => {
  const value = values[Math.floor(Math.random() * values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
};

/** Breaks a node and repairs it after a while. */
async function breakOne(
  node: ScriptedNode,
  counts: ChaosCounts,
  nextStart: (node: ScriptedNode) => Promise<unknown>,
): Promise<void> {
  const way = Math.random();
  if (way < 0.5) {
    counts.kills++;
    await node.die();
    await sleep(50 + Math.random() * 500);
    await node.restart();
  } else if (way < 0.8) {
    counts.drops++;
    // Half of the drops at the worst moment: right after the start of a track was reported.
    if (way < 0.65) await nextStart(node);
    node.drop();
  } else {
    counts.stalls++;
    node.stall();
    await sleep(50 + Math.random() * 700);
    node.resume();
  }
}

/** Runs a pool under load on nodes that fail at random, and compares actual with expected players. */
export async function runChaos(options: {
  readonly durationMs: number;
  readonly nodes: number;
  readonly guilds: number;
}): Promise<ChaosCounts> {
  const counts: ChaosCounts = {
    operations: 0,
    events: 0,
    kills: 0,
    drops: 0,
    stalls: 0,
    failedOperations: 0,
    duplicateEvents: 0,
    wrongPlayers: 0,
    playersTwice: 0,
    handlesLeft: 0,
    tracksTwice: 0,
    uncertainTracksTwice: 0,
  };
  const handlesBefore = countHandles();
  const nodes = await Promise.all(Array.from({ length: options.nodes }, () => ScriptedNode.start()));
  const client = createPool(
    [],
    nodes.map(({ webSocketUrl }) => [webSocketUrl, null]),
    {
      userId: "1",
      webSocketPoolOptions: { migrateAfterMs: 200 },
      webSocketOptions: {
        backoff: { capMs: 100, jitter: 0.5 },
        heartbeat: { intervalMs: 150, timeoutMs: 250 },
        stableAfterMs: 0,
      },
    },
  );
  const reported = new Set<string>();
  const nameOf = ({ webSocketUrl }: ScriptedNode) => `WebSocketBase(${webSocketUrl})`;
  const starts = new Map<string, () => void>();
  client.on(TrackStartEvent, ({ client: from, track }) => {
    reported.add(`${from} ${track}`);
    starts.get(String(from))?.();
  });
  /** Resolves with the next reported start of a track, or after a time limit. */
  const nextStart = (node: ScriptedNode) =>
    Promise.race([new Promise<void>((resolve) => starts.set(nameOf(node), resolve)), sleep(200)]);
  for (const node of nodes) {
    node.onOperation = ({ op, guildId, fields: { track, noReplace } }) => {
      const isAgain = op === "play" && noReplace !== true && node.player(guildId)?.track === track;
      if (!isAgain) return false;
      if (reported.has(`${nameOf(node)} ${track}`)) counts.tracksTwice++;
      else counts.uncertainTracksTwice++;
      return false;
    };
  }
  const stamps = new Set<string>();
  client.on(RawMsgReceiveEvent, ({ body }) => {
    const { type, stamp } = body as { readonly type?: string; readonly stamp?: string };
    if (type === undefined) return;
    counts.events++;
    if (stamp === undefined) return;
    if (stamps.has(stamp)) counts.duplicateEvents++;
    stamps.add(stamp);
  });

  const wanted = new Map<string, Wanted>();
  const guildIds = Array.from({ length: options.guilds }, (_, index) => String(1_000 + index));
  const running = new Set<Promise<void>>();
  const count = (operation: Promise<void>) => {
    counts.operations++;
    const done = operation.catch(() => void counts.failedOperations++).then(() => void running.delete(done));
    running.add(done);
  };
  const play = (guildId: string) => {
    const track = encoded(`track ${guildId} ${counts.operations}`);
    wanted.set(guildId, { volume: 1, paused: false, ...wanted.get(guildId), track });
    count(client.play(guildId, track));
  };
  const change = (guildId: string, want: Wanted) => {
    if (Math.random() < 0.5) {
      want.volume = Math.floor(Math.random() * 200) / 100;
      count(client.volume(guildId, want.volume));
    } else {
      want.paused = !want.paused;
      count(client.pause(guildId, want.paused));
    }
  };

  try {
    for (const guildId of guildIds) play(guildId);
    const endMs = performance.now() + options.durationMs;
    const breaking = (async () => {
      while (performance.now() < endMs) {
        await sleep(100 + Math.random() * 400);
        await breakOne(pick(nodes), counts, nextStart);
      }
    })();
    let stamp = 0;
    while (performance.now() < endMs) {
      for (let operation = 0; operation < 10; operation++) {
        const guildId = pick(guildIds);
        const want = wanted.get(guildId);
        if (!want || Math.random() < 0.3) play(guildId);
        else change(guildId, want);
      }
      // Includes unsolicited messages: events and the player updates after them.
      pick(nodes).event(pick(guildIds), { type: "Stamped", stamp: String(++stamp) });
      await sleep(10);
    }
    await breaking;
    await Promise.all(running);
    await agree(client, guildIds);
    for (let tries = 0; tries < 100; tries++) {
      compare(nodes, wanted, counts);
      if (counts.wrongPlayers === 0 && counts.playersTwice === 0) break;
      await sleep(50);
    }
  } finally {
    await client.close();
    await Promise.all(nodes.map((node) => node.die()));
  }
  for (let tries = 0; tries < 100 && countLeft(handlesBefore) > 0; tries++) await sleep(20);
  counts.handlesLeft = countLeft(handlesBefore);
  return counts;
}

/** Waits until the nodes have processed all operations. */
async function agree(client: ReturnType<typeof createPool>, guildIds: readonly string[]): Promise<void> {
  for (const guildId of guildIds) {
    while (!(await client.getPlayer(guildId, { signal: AbortSignal.timeout(2_000) }).catch(() => null))) {
      await sleep(20);
    }
  }
}

function compare(
  nodes: readonly ScriptedNode[],
  wanted: ReadonlyMap<string, Wanted>,
  counts: ChaosCounts,
): void {
  counts.wrongPlayers = 0;
  counts.playersTwice = 0;
  for (const [guildId, { track, volume, paused }] of wanted) {
    const players = nodes.flatMap((node) => node.player(guildId) ?? []);
    if (players.length > 1) counts.playersTwice++;
    const isAsWanted = players.some(
      (player) =>
        player.track === track && player.volume === Math.round(volume * 100) && player.paused === paused,
    );
    if (!isAsWanted) counts.wrongPlayers++;
  }
}
