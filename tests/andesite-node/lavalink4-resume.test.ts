// Replays how a Lavalink 4.2.2 server opened WebSockets and resumed sessions (sections 5 and 7 of the Lavalink protocol).

import { once } from "node:events";
import { isDeepStrictEqual } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { TestSocket } from "../support/andesite-node.ts";
import {
  expectListed,
  type RecordedNode,
  readRecording,
  recorded,
  sessionIdOf,
  startRecordedNode,
} from "./lavalink4-vectors/recorded-node.ts";

interface Opening {
  readonly status: number;
  /** Header `Session-Resumed` of an accepted handshake. */
  readonly sessionResumed?: string;
  readonly first?: { readonly op: string; readonly resumed: boolean };
  /** Close code, if the server closed the connection at once. */
  readonly closed?: number;
}

interface Handshake {
  readonly name: string;
  readonly request: {
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly isUpgrade: boolean;
  };
  readonly response: Opening;
}

async function openSocket(url: string, { path, headers }: Handshake["request"]): Promise<Opening> {
  const webSocket = new WebSocket(`${url.replace("http", "ws")}${path}`, { headers });
  onTestFinished(() => webSocket.terminate());
  webSocket.on("error", () => {});
  let sessionResumed: string | undefined;
  webSocket.on("upgrade", (response) => {
    const header = response.headers["session-resumed"];
    if (typeof header === "string") sessionResumed = header;
  });
  const refused = new Promise<Opening>((resolve) => {
    webSocket.on("unexpected-response", (_request, { statusCode = 0 }) => resolve({ status: statusCode }));
  });
  const accepted = once(webSocket, "message").then(([data]): Opening => {
    const { op, resumed } = JSON.parse(String(data));
    return { status: 101, ...(sessionResumed !== undefined && { sessionResumed }), first: { op, resumed } };
  });
  return await Promise.race([refused, accepted]);
}

it("opens WebSockets as recorded, except for the listed ones", async () => {
  const { url } = await startRecordedNode();
  const handshakes = await readRecording<Handshake>("handshakes");
  const found: Record<string, unknown> = {};
  for (const { name, request, response } of handshakes) {
    const { path, headers, isUpgrade } = request;
    const opened = isUpgrade
      ? await openSocket(url, request)
      : { status: (await fetch(`${url}${path}`, { headers })).status };
    if (!isDeepStrictEqual(opened, response)) found[name] = opened;
  }
  const { length } = handshakes;
  await expectListed("handshakes", found, { recorded: length, replayed: length });
});

interface ResumeCase {
  readonly name: string;
  readonly recorded: unknown;
}

/** Waits until a number of sessions have no connection. */
async function waitForWaiting({ url }: RecordedNode, count: number): Promise<void> {
  const metrics = async () => await (await fetch(`${url}/metrics?name[]=andesite_lavalink_sessions`)).text();
  await expect.poll(metrics, { timeout: 60_000 }).toContain(`state="waiting"} ${count}\n`);
}

const isResumed = ({ received }: TestSocket): unknown => received[0]?.["resumed"];

/** Loses the connection of a session with two players, one of which ends while it waits, and resumes it. */
async function resume(node: RecordedNode, found: Map<string, unknown>): Promise<TestSocket> {
  const { placeholders, socket, sessionId, send, open } = node;
  const path = `/v4/sessions/${sessionId}`;
  found.set("session before", (await send("PATCH", path, { resuming: true, timeout: 8 })).body);
  for (const [guildId, name] of [
    ["701", "tone3.wav"],
    ["702", "tone20.wav"],
  ] as const) {
    const track = { encoded: placeholders.get(`{track:${name}}`), userData: { n: Number(guildId) } };
    await send("PATCH", `${path}/players/${guildId}`, { track });
  }
  await socket.until(() => socket.received.filter(({ type }) => type === "TrackStartEvent").length === 2);
  await socket.drop();
  await waitForWaiting(node, 1);
  found.set("list while away", (await send("GET", `${path}/players`)).status);
  found.set("patch while away", (await send("PATCH", `${path}/players/702`, {})).status);
  found.set("session while away", (await send("PATCH", path, {})).status);
  // Without a call no track plays, so this one is moved behind its end.
  await send("PATCH", `${path}/players/701`, { position: 2_980, endTime: 2_900 });
  const resumed = await open(recorded.userId, sessionId);
  found.set("header of the resume", resumed.headers["session-resumed"]);
  const messages = (await resumed.messages(4)).slice(0, 4);
  found.set(
    "messages after the resume",
    messages.map((message) => {
      const { op, type, guildId, reason } = message;
      if (op === "event") return { type, guildId, reason };
      return op === "ready" ? { op, resumed: message["resumed"] } : { op, guildId };
    }),
  );
  const players: unknown = (await send("GET", `${path}/players`)).body;
  found.set(
    "players after the resume",
    Array.isArray(players) &&
      players.map(({ guildId, track, volume }) => ({ guildId, playing: track !== null, volume })),
  );
  found.set("session after the resume", (await send("PATCH", path, {})).body);
  return resumed;
}

/** Does what was recorded. Returns what the node did, by the names of the recording. */
async function replayResuming(node: RecordedNode): Promise<ReadonlyMap<string, unknown>> {
  const { sessionId, send, open } = node;
  const found = new Map<string, unknown>();
  const first = await resume(node, found);

  const second = await open(recorded.userId, sessionId);
  found.set("second socket while open", { resumed: isResumed(second) });
  if (isResumed(second) === true) await first.closed();
  found.set("first socket after the second", first.closing === null ? "open" : "closed");

  await send("PATCH", `/v4/sessions/${sessionId}`, { timeout: 1 });
  await second.drop();
  const status = async () => (await send("GET", `/v4/sessions/${sessionId}/players`)).status;
  await expect.poll(status, { timeout: 60_000 }).toBe(404);
  const late = await open(recorded.userId, sessionId);
  found.set("after the timeout", { resumed: isResumed(late) });

  const lateId = sessionIdOf(late);
  const countPlayers = async () => Object((await send("GET", "/v4/stats")).body).players;
  await send("PATCH", `/v4/sessions/${lateId}/players/703`, {});
  const playersBefore = await countPlayers();
  await late.drop();
  const list = async () => (await send("GET", `/v4/sessions/${lateId}/players`)).status;
  await expect.poll(list, { timeout: 60_000 }).toBe(404);
  found.set("without resuming", {
    playersBefore,
    playersAfter: await countPlayers(),
    list: await list(),
  });

  const last = await open();
  await send("PATCH", `/v4/sessions/${sessionIdOf(last)}`, { resuming: true });
  await last.drop();
  await waitForWaiting(node, 1);
  const other = await open("2", sessionIdOf(last));
  found.set("another user", { resumed: isResumed(other) });
  return found;
}

it("resumes sessions as recorded, except for the listed ones", { timeout: 120_000 }, async () => {
  const node = await startRecordedNode({ metrics: { enabled: true } });
  const cases = await readRecording<ResumeCase>("resume");
  const replayed = await replayResuming(node);
  expect([...replayed.keys()]).toEqual(cases.map(({ name }) => name));
  const different = cases.filter((each) => !isDeepStrictEqual(replayed.get(each.name), each.recorded));
  const found = Object.fromEntries(different.map(({ name }) => [name, replayed.get(name)]));
  await expectListed("resume", found, { recorded: cases.length, replayed: cases.length });
});
