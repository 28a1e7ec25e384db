// npm run bench -- andesite: measures the Andesite client with a node without audio in the same process.

import {
  createPool,
  type Player,
  PlayerState,
  PlayerUpdate,
  RawMsgReceiveEvent,
  State,
  TrackEndEvent,
  WebSocket,
} from "@asterite/andesite";
import { readReceiveOperation, VoiceServerUpdate, WebSocketPoolBase } from "@asterite/andesite/advanced";
import { decodeTrack, encodeTrack } from "@asterite/lavaplayer-track";
import { Observable } from "@asterite/observable";
import { ScriptedNode } from "@asterite/testkit";
import { decode, encode } from "@lavalink/encoding";

const report = (subject: string, value: number, unit: string, comparison = "") =>
  console.log(
    `${subject.padEnd(52)} ${value.toLocaleString("en", { maximumSignificantDigits: 3 }).padStart(10)} ${unit}${comparison}`,
  );

/** Returns the runs per second of the best of three rounds, because other processes share the machine. */
function rate(count: number, run: () => void): number {
  let best = 0;
  for (let round = 0; round < 3; round++) {
    const startMs = performance.now();
    for (let index = 0; index < count; index++) run();
    best = Math.max(best, count / ((performance.now() - startMs) / 1_000));
  }
  return best;
}

const track = encodeTrack({
  info: {
    title: "A title of the usual length - Official Video",
    author: "An artist",
    duration: 212,
    identifier: "aaaaaaaaaaa",
    uri: "https://www.youtube.com/watch?v=aaaaaaaaaaa",
  },
  source: "youtube",
});

async function operations(): Promise<void> {
  // The first round is a warm-up.
  for (const [round, state] of [true, false, true].entries()) {
    await using node = await ScriptedNode.start();
    await using client = new WebSocket(node.webSocketUrl, "1", null, { state });
    await client.connect();
    const count = 20_000;
    const startMs = performance.now();
    await Promise.all(Array.from({ length: count }, (_, index) => client.volume(String(index % 200), 0.5)));
    await client.ping("0");
    const seconds = (performance.now() - startMs) / 1_000;
    if (round === 0) continue;
    report(`operations, ${state ? "with" : "without"} state, until processed`, count / seconds, "/s");
  }
}

/** Measures the handling of each received message. */
function events(): void {
  const text = JSON.stringify({
    op: "event",
    type: "TrackEndEvent",
    userId: "1",
    guildId: "987654321987654321",
    track,
    reason: "FINISHED",
    mayStartNext: true,
  });
  for (const listeners of [1, 100]) {
    const target = new Observable();
    let received = 0;
    for (let index = 0; index < listeners; index++) target.on(TrackEndEvent, () => void received++);
    const client = new WebSocket("ws://node/", "1", null);
    const count = listeners === 1 ? 200_000 : 50_000;
    const perSecond = rate(count, () => {
      const body = JSON.parse(text);
      void target.emit(new RawMsgReceiveEvent(client, body));
      const { operation } = readReceiveOperation(body);
      if (operation) void target.emit(operation);
    });
    if (received !== 3 * count * listeners) throw new Error("an event was lost");
    report(`track events parsed and dispatched, ${listeners} listener(s)`, perSecond, "/s");
  }
}

async function eventsOverSocket(): Promise<void> {
  await using node = await ScriptedNode.start();
  await using client = new WebSocket(node.webSocketUrl, "1", null);
  await client.play("5", track);
  await client.ping("5");
  let received = 0;
  client.on(TrackEndEvent, () => void received++);
  const text = JSON.stringify({
    op: "event",
    type: "TrackEndEvent",
    userId: "1",
    guildId: "5",
    track,
    reason: "FINISHED",
  });
  const count = 50_000;
  const startMs = performance.now();
  for (let index = 0; index < count; index++) node.sendText(text);
  await client.ping("5");
  if (received !== count) throw new Error("an event was lost");
  report(
    "track events over a socket, including the sender",
    count / ((performance.now() - startMs) / 1_000),
    "/s",
  );
}

function tracks(): void {
  const [ours, theirs] = [decodeTrack(track), decode(track)];
  for (const [subject, mine, other] of [
    ["tracks decoded", () => decodeTrack(track), () => decode(track)],
    ["tracks encoded", () => encodeTrack(ours), () => encode(theirs)],
  ] as const) {
    const [us, them] = [rate(50_000, mine), rate(50_000, other)];
    report(
      subject,
      us,
      "/s",
      `, @lavalink/encoding: ${Math.round(them).toLocaleString("en")}/s: ${(us / them).toFixed(1)} times`,
    );
  }
}

const playerOf = (guildId: string): Player | null => {
  const state = {
    time: 1_700_000_000_000,
    position: 2_500,
    paused: false,
    volume: 100,
    filters: {},
    mixer: {},
  };
  return PlayerUpdate.fromRaw({ op: "player-update", userId: "1", guildId, state }).state;
};

async function memory(): Promise<void> {
  const { gc } = globalThis;
  if (!gc) return console.log("memory per guild: run with NODE_OPTIONS=--expose-gc");
  const state = new State();
  const count = 20_000;
  gc();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < count; index++) {
    const player = await state.get(String(10n ** 17n + BigInt(index)));
    if (!(player instanceof PlayerState)) continue;
    await player.setPlayer(playerOf(player.guildId));
    // A separate string, which does not share memory with another one.
    await player.setTrack(Buffer.from(`${track}${index}`).toString());
    const event = { endpoint: `endpoint-${index}`, token: `token-${index}`, guild_id: player.guildId };
    await player.setVoiceServerUpdate(new VoiceServerUpdate(`session-${index}`, event));
  }
  gc();
  report("memory per guild in the state", (process.memoryUsage().heapUsed - before) / count, "bytes");
  if (state.playerStates?.size !== count) throw new Error("a guild was lost");
}

async function migration(): Promise<void> {
  const nodes = [await ScriptedNode.start(), await ScriptedNode.start()];
  const [first, second] = nodes;
  if (!first || !second) return;
  const client = createPool(
    [],
    nodes.map(({ webSocketUrl }) => [webSocketUrl, null]),
    {
      userId: "1",
      webSocketPoolOptions: {
        scoringFunction: ({ client: member }) => Number(String(member).includes(new URL(first.httpUrl).host)),
      },
    },
  );
  const count = 1_000;
  const guildIds = Array.from({ length: count }, (_, index) => String(index + 1));
  await Promise.all(guildIds.map((guildId) => client.play(guildId, track)));
  await client.ping("1");
  if (first.players.size !== count) throw new Error("not all players are on the first node");
  const pool = client.webSocket;
  if (!(pool instanceof WebSocketPoolBase)) return;
  const from = pool.getClient("1");
  const startMs = performance.now();
  if (from) await pool.pullClient(from);
  await client.ping("1");
  while (second.players.size < count) await new Promise((resolve) => setTimeout(resolve, 1));
  report(`migration of ${count} players, until all are playing`, performance.now() - startMs, "ms");
  await client.close();
  // No longer a member, so the pool does not close it.
  await from?.close();
  for (const node of nodes) await node.die();
}

await operations();
events();
await eventsOverSocket();
tracks();
await memory();
await migration();
