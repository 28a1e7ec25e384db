// Players that survive the end of the node's process (decision 30).

import { existsSync } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createNode } from "@asterite/andesite-node";
import { DiscordVoiceServer, launch, parseJsonLine, readyLine } from "@asterite/testkit";
import { type Logger, silentLogger } from "@asterite/util";
import { expect, it, onTestFinished } from "vitest";
import { readKeptPlayers } from "../../packages/andesite-node/src/api/lavalink4/session-keeper.test-support.ts";
import { createCertificates } from "../../packages/andesite-node/src/voice/voice.test-support.ts";
import type { Json } from "../support/andesite-node.ts";
import { asteriteExecutable, temporaryFolder } from "../support/asterite.ts";
import { Lavalink4Client } from "../support/lavalink4-client.ts";
import { toneFile } from "../support/tone-file.ts";

const password = "youshallnotpass";
const userId = "170939974227541168";
const [playing, paused] = ["81384788765712384", "41771983423143937"];
const voiceToken = "the token of the voice server";

/** Opens a session, or resumes one. */
const openClient = (port: number, user = userId, sessionId?: string): Promise<Lavalink4Client> =>
  Lavalink4Client.open(`http://127.0.0.1:${port}`, {
    userId: user,
    password,
    ...(sessionId !== undefined && { sessionId }),
  });

/** Starts a node that plays the files of a folder, and keeps its players in the file `players` there. */
async function startNode(folder: string, logger: Logger = silentLogger) {
  const node = await createNode({
    http: { port: 0, nodelink: true },
    password,
    playing: { keepFile: join(folder, "players") },
    loading: { sources: { local: true }, musicFolders: [folder] },
    logger,
  });
  onTestFinished(() => node.close({ graceMs: 0 }));
  return node;
}

const positionOf = ({ state }: Json): number => Number(Object(state).position);

/** Returns the position of the playing player in the file. */
async function keptPosition(file: string, sessionId: string): Promise<number> {
  const players = await readKeptPlayers(file, sessionId);
  const player = players.find((each) => Object(each).guildId === playing);
  return Number(Object(player).position);
}

it("continues players where they were, after the process was killed and after it was stopped", {
  timeout: 180_000,
}, async () => {
  const { authority, certificate } = await createCertificates();
  const voice = await DiscordVoiceServer.start(certificate);
  onTestFinished(() => voice[Symbol.asyncDispose]());
  const folder = await temporaryFolder();
  const [authorityFile, media, file] = ["authority.pem", "tone.wav", "kept/players"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await writeFile(authorityFile, authority.ca);
  await writeFile(media, toneFile("a tone", 180));

  async function startProcess() {
    const settings = ["--set", `andesite.voice.certificate-authority=${authorityFile}`];
    const flags = ["--music", folder, "--keep-players", file, "--allow-private-addresses"];
    const child = await launch({
      command: process.execPath,
      args: [asteriteExecutable, "node", "--host", "127.0.0.1", "--port", "0", ...flags, ...settings],
      env: { ASTERITE_NODE_PASSWORD: password },
      readyWhen: readyLine,
      timeoutMs: 60_000,
    });
    onTestFinished(async () => void (await child.stop()));
    const port = Number(child.stdout.map(parseJsonLine).find((line) => line?.["msg"] === "ready")?.["port"]);
    return { child, port };
  }

  const first = await startProcess();
  const client = await openClient(first.port);
  const { sessionId } = client;
  await client.request("PATCH", "", { resuming: true, timeout: 300 });
  await client.request("PATCH", `/players/${playing}`, {
    track: { identifier: media, userData: { request: 7 } },
    volume: 40,
    filters: { lowPass: { smoothing: 5 } },
    voice: { token: voiceToken, endpoint: voice.endpoint, sessionId: "s", channelId: "900" },
  });
  await client.request("PATCH", `/players/${paused}`, {
    track: { identifier: media },
    position: 90_000,
    endTime: 170_000,
    paused: true,
  });
  let position = 0;
  const isKept = async () => {
    position = await keptPosition(file, sessionId);
    return position >= 2_000;
  };
  await expect.poll(isKept, { timeout: 60_000 }).toBe(true);
  first.child.kill("SIGKILL");
  await first.child.exited;

  // The file is of no use without the id of the session.
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const text = await readFile(file, "latin1");
  for (const secret of [voiceToken, sessionId, userId, playing, "tone.wav"]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(secret).toString("base64").replace(/=+$/, ""));
  }

  const second = await startProcess();
  expect((await openClient(second.port, "2", sessionId)).isResumed).toBe(false);
  const resumed = await openClient(second.port, userId, sessionId);
  expect(resumed.isResumed).toBe(true);
  expect(resumed.socket.headers["session-resumed"]).toBe("true");
  const continued = await resumed.request("GET", `/players/${playing}`);
  expect(continued).toMatchObject({
    volume: 40,
    paused: false,
    track: { userData: { request: 7 }, info: { title: "a tone" } },
    filters: { lowPass: { smoothing: 5 } },
  });
  expect(positionOf(continued)).toBeGreaterThanOrEqual(position);
  expect(await resumed.request("GET", `/players/${paused}`)).toMatchObject({
    paused: true,
    state: { position: 90_000 },
  });
  expect(await resumed.request("PATCH", "", {})).toEqual({ resuming: true, timeout: 300 });
  // It is in its call again, and plays on there.
  const isHeard = () => voice.sessions.length === 2 && voice.session.packets.length > 0;
  await voice.until(isHeard, "audio of the new process");
  const plays = async () => positionOf(await resumed.request("GET", `/players/${playing}`));
  await expect.poll(plays, { timeout: 60_000 }).toBeGreaterThan(positionOf(continued));
  expect(resumed.socket.received.filter(({ op }) => op === "event")).toEqual([]);

  await resumed.request("PATCH", `/players/${paused}`, { position: 100_000 });
  await second.child.stop();
  const third = await startProcess();
  const last = await openClient(third.port, userId, sessionId);
  expect(last.isResumed).toBe(true);
  expect(positionOf(await last.request("GET", `/players/${paused}`))).toBe(100_000);
});

it("does not start, and moves nothing, if the file is a folder", async () => {
  const folder = join(await temporaryFolder(), "players");
  await mkdir(folder);
  await expect(createNode({ http: { port: 0 }, playing: { keepFile: folder } })).rejects.toMatchObject({
    code: "INVALID_OPTION",
    message: expect.stringContaining("playing.keepFile"),
  });
  expect((await stat(folder)).isDirectory()).toBe(true);
});

it("is refused a file that another node uses, until that has ended", async () => {
  const file = join(await temporaryFolder(), "players");
  const start = () => createNode({ http: { port: 0 }, password, playing: { keepFile: file } });
  const first = await start();
  onTestFinished(() => first.close({ graceMs: 0 }));
  await expect(start()).rejects.toMatchObject({
    code: "INVALID_OPTION",
    message: `Option playing.keepFile: ${file} cannot be locked: another node uses it; give each node its own file`,
  });
  const { sessionId } = await openClient(first.port).then(async (client) => {
    await client.request("PATCH", "", { resuming: true, timeout: 300 });
    return client;
  });
  await first.close();
  const second = await start();
  onTestFinished(() => second.close({ graceMs: 0 }));
  expect((await openClient(second.port, userId, sessionId)).isResumed).toBe(true);
});

// A recursive `mkdir` of Node tries again without end there.
it.runIf(existsSync("/proc/self"))("does not start if the file's folder cannot be created", async () => {
  const keepFile = "/proc/missing/folder/players";
  await expect(createNode({ http: { port: 0 }, playing: { keepFile } })).rejects.toMatchObject({
    code: "INVALID_OPTION",
    message: expect.stringContaining(`Option playing.keepFile: ${keepFile} cannot be locked: ENOENT`),
  });
});

it("leaves out sessions without a connection first if the file would be too large", async () => {
  const folder = await temporaryFolder();
  const [media, file] = [join(folder, "tone.wav"), join(folder, "players")];
  await writeFile(media, toneFile("a tone", 5));
  // A session of an earlier process that leaves no room for a second one in 64 MiB.
  const waiting = {
    id: "an id",
    timeoutSeconds: 300,
    expiresAt: Date.now() + 300_000,
    content: "A".repeat(67_107_000),
  };
  await writeFile(file, JSON.stringify({ version: 1, sessions: [waiting] }));
  const warnings: unknown[] = [];
  const logger = {
    ...silentLogger,
    warn: (fields: object, message?: string) => void warnings.push([fields, message]),
  };
  const start = () => startNode(folder, logger);
  const first = await start();
  const client = await openClient(first.port);
  await client.request("PATCH", "", { resuming: true, timeout: 300 });
  await client.request("PATCH", `/players/${paused}`, {
    track: { identifier: media, userData: { text: "x".repeat(5_000) } },
    paused: true,
  });
  await first.close();
  expect(warnings).toContainEqual([{ file, sessions: 1 }, "sessions not kept: too large"]);
  const second = await start();
  const resumed = await openClient(second.port, userId, client.sessionId);
  expect(resumed.isResumed).toBe(true);
  expect(await resumed.request("GET", `/players/${paused}`)).toMatchObject({
    track: { userData: { text: "x".repeat(5_000) } },
  });
});

it("keeps the next track, fading, normalised loudness and layers", async () => {
  const folder = await temporaryFolder();
  const [media, file] = [join(folder, "tone.wav"), join(folder, "players")];
  await writeFile(media, toneFile("a tone", 30));
  const start = () => startNode(folder);
  const first = await start();
  const client = await openClient(first.port);
  await client.request("PATCH", "", { resuming: true, timeout: 300 });
  const { track } = await client.request("PATCH", `/players/${playing}`, {
    track: { identifier: media },
    fading: { trackStart: { duration: 2_000 } },
    loudnessNormalizer: true,
    paused: true,
  });
  const { encoded } = Object(track);
  const nextTrack = { encoded, userData: { place: "next" } };
  await client.request("PATCH", `/players/${playing}`, { nextTrack });
  const layer = await client.request("POST", `/players/${playing}/mix`, {
    track: { encoded, userData: { place: "layer" } },
    volume: 0.25,
  });
  await first.close();
  const expected = {
    nextTrack,
    fading: { trackStart: { duration: 2_000 } },
    loudnessNormalizer: true,
    layers: [{ id: layer["id"], volume: 0.25, userData: { place: "layer" } }],
  };
  expect(await readKeptPlayers(file, client.sessionId)).toMatchObject([expected]);

  // What the second process keeps is what it restored.
  const second = await start();
  const resumed = await openClient(second.port, userId, client.sessionId);
  expect(resumed.isResumed).toBe(true);
  expect(await resumed.request("GET", `/players/${playing}/mix`)).toMatchObject({
    mixes: expected.layers.map(({ id, volume }) => ({ id, volume })),
  });
  await second.close();
  expect(await readKeptPlayers(file, client.sessionId)).toMatchObject([expected]);

  // The layers are those of the track: they end with it, and nothing announced them again.
  const third = await start();
  const last = await openClient(third.port, userId, client.sessionId);
  await last.request("PATCH", `/players/${playing}`, { track: { encoded: null } });
  expect(last.socket.received.filter(({ type }) => type === "MixStartedEvent")).toEqual([]);
  await last.socket.until(() => last.socket.received.some(({ type }) => type === "MixEndedEvent"));
});

it("survives data of a client that is nested deeply", async () => {
  const file = join(await temporaryFolder(), "players");
  const node = await createNode({ http: { port: 0 }, password, playing: { keepFile: file } });
  onTestFinished(() => node.close({ graceMs: 0 }));
  const { sessionId } = await openClient(node.port);
  const patch = async (levels: number) => {
    // `JSON.stringify` exhausts the stack for more levels than `JSON.parse` reads.
    const deep = "[".repeat(levels - 1) + "]".repeat(levels - 1);
    const response = await fetch(`http://127.0.0.1:${node.port}/v4/sessions/${sessionId}/players/5`, {
      method: "PATCH",
      headers: { Authorization: password, "Content-Type": "application/json" },
      body: `{"track":{"userData":{"deep":${deep}}}}`,
    });
    return { status: response.status, body: await response.json() };
  };
  expect(await patch(500)).toMatchObject({ status: 200 });
  for (const levels of [501, 20_000]) {
    expect(await patch(levels)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("track.userData") },
    });
  }
});

it.each([
  ["is no JSON", "not JSON"],
  ["has another format", '{"version":2}'],
  ["has a record of another format", '{"version":1,"sessions":[{"id":5}]}'],
])("starts without players, with a warning, if the file %s", async (_case, text) => {
  const file = join(await temporaryFolder(), "players");
  await writeFile(file, text);
  const warnings: unknown[] = [];
  const logger = {
    ...silentLogger,
    warn: (_fields: object, message?: string) => void warnings.push(message),
  };
  const node = await createNode({ http: { port: 0 }, playing: { keepFile: file }, logger });
  onTestFinished(() => node.close({ graceMs: 0 }));
  expect(warnings).toContain("kept players not read: they are lost");
  expect(await readFile(`${file}.unreadable`, "utf8")).toBe(text);
});
