// The stores of the examples: a new client restores the players of the previous one, in this process and in
// the
// example program. Only with the scripted node, whose players, mixers and filters can be inspected.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Play, type State, WebSocket } from "@asterite/andesite";
import { launchNode } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { openFileState } from "../../examples/stores/file-state.ts";
import { type KeyValue, openKeyValueState, storedGuilds } from "../../examples/stores/key-value-state.ts";
import { openSqliteKeyValue } from "../../examples/stores/sqlite-key-value.ts";
import { closeAfterTest, encoded, startNode, until } from "../support/andesite.ts";

const example = fileURLToPath(new URL("../../examples/andesite-state.ts", import.meta.url));

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "asterite-state-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Opened {
  readonly state: State;
  readonly guildIds: readonly string[];
}
/** Opens a store in a folder; may be called repeatedly for the same data. */
type Open = (folder: string, onError: (error: unknown) => void) => Promise<Opened>;

/** In-memory substitute for a server such as Redis, which outlives the processes that use it. */
const servers = new Map<string, Map<string, string>>();
const connect = (address: string): KeyValue => {
  const entries = servers.get(address) ?? new Map<string, string>();
  servers.set(address, entries);
  const start = (pattern: string) => pattern.slice(0, pattern.indexOf("*"));
  return {
    get: (key) => Promise.resolve(entries.get(key) ?? null),
    set: (key, value) => Promise.resolve(entries.set(key, value)),
    del: (key) => Promise.resolve(entries.delete(key)),
    keys: (pattern) => Promise.resolve([...entries.keys()].filter((key) => key.startsWith(start(pattern)))),
  };
};
const openStore = async (store: KeyValue, onError: (error: unknown) => void): Promise<Opened> => ({
  state: openKeyValueState(store, onError),
  guildIds: await storedGuilds(store),
});
const openFiles: Open = async (folder, onError) => {
  const state = await openFileState(join(folder, "players"), onError);
  return { state, guildIds: [...(state.playerStates?.keys() ?? [])] };
};
const openSqlite: Open = (folder, onError) => {
  const store = openSqliteKeyValue(join(folder, "players.db"));
  onTestFinished(() => store[Symbol.dispose]());
  return openStore(store, onError);
};
const kinds: readonly [string, Open][] = [
  ["files", openFiles],
  ["a key-value store in memory", (folder, onError) => openStore(connect(folder), onError)],
  ["a key-value store in SQLite", openSqlite],
];

describe.each(kinds)("%s", (_, open) => {
  it("restores players and mixers in a new client on a new node", async () => {
    const place = await makeFolder();
    const errors: unknown[] = [];
    const openState = () => open(place, (error) => errors.push(error));
    const node = await startNode();
    const makeClient = (state: State) =>
      closeAfterTest(new WebSocket(node.webSocketUrl, "1", null, { state }));

    const before = await openState();
    expect(before.guildIds).toEqual([]);
    const first = makeClient(before.state);
    await first.voiceServerUpdate("5", "s", { endpoint: "e", token: "t", guild_id: "5" }, { channelId: "7" });
    await first.play("5", encoded("QAAA"), { volume: 0.5 });
    await first.filters("5", { tremolo: { frequency: 4, depth: 0.5 } });
    await first.mixer("5", true, { jingle: new Play(encoded("QBBB"), { volume: 0.25 }) });
    await first.play("6", encoded("QCCC"));
    await first.play("7", encoded("gone"));
    await first.destroy("7");
    for (const guildId of ["5", "6", "7"]) {
      await first.ping(guildId);
      await before.state.whenHandled(guildId);
    }
    await first.close();
    await node.die();
    await node.restart();
    node.operations.length = 0;

    const after = await openState();
    expect(new Set(after.guildIds)).toEqual(
      new Set(after.guildIds.includes("7") ? ["5", "6", "7"] : ["5", "6"]),
    );
    const second = makeClient(after.state);
    for (const guildId of after.guildIds) await second.loadPlayerState(await after.state.get(guildId));
    await second.ping("5");
    expect(node.opsOf("5")).toEqual(["voice-server-update", "play", "update", "mixer"]);
    expect(node.operations[0]?.fields).toMatchObject({ sessionId: "s", channelId: "7" });
    expect(node.player("5")).toMatchObject({
      track: encoded("QAAA"),
      volume: 50,
      mixerEnabled: true,
      filters: { tremolo: { frequency: 4, depth: 0.5 } },
    });
    expect(node.player("5")?.mixer.get("jingle")).toEqual({
      track: encoded("QBBB"),
      paused: false,
      volume: 25,
    });
    expect([node.player("6")?.track, node.player("7")]).toEqual([encoded("QCCC"), undefined]);
    for (const guildId of ["5", "6"]) await after.state.whenHandled(guildId);
    expect(errors).toEqual([]);
  });

  it("reports errors of the store, and the client continues", async () => {
    const place = await makeFolder();
    const errors: unknown[] = [];
    const { state } = await open(place, (error) => errors.push(error));
    const node = await startNode();
    const client = closeAfterTest(new WebSocket(node.webSocketUrl, "1", null, { state }));
    const broken = await state.get("5");
    broken.setTrack = () => Promise.reject(new Error("disk is full"));
    state.get = () => Promise.resolve(broken);
    await client.play("5", encoded("QAAA"));
    await client.ping("5");
    await state.whenHandled("5");
    expect(errors.map(String)).toEqual(["Error: disk is full"]);
  });
});

describe("the example program", () => {
  const isPlaying = ({ track, mixer }: { readonly track?: string | null; readonly mixer?: object }) =>
    track === encoded("QAAA") && JSON.stringify(mixer) === JSON.stringify({ jingle: encoded("QAAA") });
  const isStored = async (open: Open, folder: string) => {
    const { state } = await open(folder, () => {});
    const player = await state.get("1");
    const isKnown = (await player.getPlayer()) !== null;
    return isKnown && isPlaying({ track: await player.getTrack(), mixer: (await player.getMixer?.()) ?? {} });
  };

  it.each([
    ["files", "players", openFiles],
    ["key-value", "players.db", openSqlite],
  ])("continues with %s after program and node were killed", async (kind, name, open) => {
    const folder = await makeFolder();
    const node = await startNode({ password: "geheim" });
    const launch = (...more: readonly string[]) =>
      launchNode(example, [kind, join(folder, name), ...more], {
        env: { ANDESITE_URL: node.httpUrl.replace(/\/$/, ""), ANDESITE_PASSWORD: "geheim" },
        readyWhen: /^ready$/,
      });
    const first = await launch(encoded("QAAA"));
    onTestFinished(async () => void (await first.stop()));
    while (!(await isStored(open, folder))) await new Promise((resolve) => setTimeout(resolve, 20));
    process.kill(first.pid, "SIGKILL");
    await first.exited;
    await node.die();
    await node.restart();

    const second = await launch();
    onTestFinished(async () => void (await second.stop()));
    expect(second.stdout).toContain("restored guild 1");
    await until(() => node.player("1")?.mixer.get("jingle")?.track === encoded("QAAA"));
    expect(node.player("1")).toMatchObject({ track: encoded("QAAA"), volume: 50 });
    expect(await second.stop()).toEqual({ code: 0, signal: null });
    expect(second.stderr).toEqual([]);
  });
});
