// What clients of Lavalink 3 expect beyond section 17 of the Andesite protocol: resuming by a key, and fields of answers.

import { describe, expect, it } from "vitest";
import {
  type CheckedNode,
  everyNode,
  type Json,
  sendRequest,
  TestSocket,
  waitForSocketCount,
} from "../support/andesite-node.ts";

const guildId = "81384788765712384";

const open = (url: string, key?: string, userId = "1"): Promise<TestSocket> =>
  TestSocket.open(url, {
    path: "/",
    headers: { "User-Id": userId, "Num-Shards": "1", ...(key !== undefined && { "Resume-Key": key }) },
  });

/** Opens a WebSocket that can be resumed by the key "k", and plays. */
async function openResumable({ url, track }: CheckedNode, key: unknown = "k"): Promise<TestSocket> {
  const socket = await open(url);
  socket.send({ op: "configureResuming", key, timeout: 60 });
  socket.send({ op: "play", guildId, track: track("a song") });
  await socket.settle();
  return socket;
}

const stop = ({ url }: CheckedNode) =>
  sendRequest(`${url}/player/${guildId}/stop`, { method: "POST", headers: { "User-Id": "1" } });

const reasonsOf = (messages: readonly Json[]): unknown[] =>
  messages.flatMap(({ type, reason }) => (type === "TrackEndEvent" ? [reason] : []));

describe.each(everyNode)("resuming a Lavalink 3 connection by its key: $name", ({ start }) => {
  it("replays what was missed, again after the next loss", async () => {
    const node = await start();
    let socket = await openResumable(node);
    expect(socket.headers["session-resumed"]).toBe("false");
    for (const round of [1, 2]) {
      await socket.drop();
      await waitForSocketCount(node, 0);
      await stop(node);
      socket = await open(node.url, "k");
      expect(socket.headers["session-resumed"], `round ${round}`).toBe("true");
      expect(reasonsOf(await socket.settle())).toEqual(["STOPPED"]);
      socket.send({ op: "play", guildId, track: node.track("a song") });
      await socket.settle();
    }
  });

  it("takes over a connection that still seems to be open", async () => {
    const node = await start();
    const old = await openResumable(node);
    const next = await open(node.url, "k");
    expect(next.headers["session-resumed"]).toBe("true");
    await old.closed();
    await stop(node);
    await next.until(() => reasonsOf(next.received).length > 0);
  });

  it("is refused to another user, with another key, and after the key was removed", async () => {
    const node = await start();
    const first = await openResumable(node);
    for (const socket of [
      await open(node.url, "k", "2"),
      await open(node.url, "other"),
      await open(node.url),
    ])
      expect(socket.headers["session-resumed"]).toBe("false");
    first.send({ op: "configureResuming", key: null });
    await first.settle();
    await first.drop();
    expect((await open(node.url, "k")).headers["session-resumed"]).toBe("false");
  });

  it("ignores a key that is too long", async () => {
    const node = await start();
    const key = "x".repeat(257);
    await openResumable(node, key);
    expect((await open(node.url, key)).headers["session-resumed"]).toBe("false");
  });
});

describe.each(everyNode)("answers for Lavalink 3 clients: $name", ({ start }) => {
  const load = (url: string, identifier: string, query = "") =>
    sendRequest(`${url}/loadtracks?identifier=${encodeURIComponent(identifier)}${query}`);

  it("have the name of the source, the failure, and the info of a decoded track alone", async () => {
    const { url, track, identifiers } = await start({ http: { lavalink3: true } });
    const info = { title: "a song", sourceName: expect.stringMatching(/./) };
    const encoded = track("a song");
    const decoded = { ...info, track: encoded, info };
    const one = await sendRequest(`${url}/decodetrack?track=${encodeURIComponent(encoded)}`);
    expect(one.body).toMatchObject(decoded);
    const all = await sendRequest(`${url}/decodetracks`, { method: "POST", body: [encoded] });
    expect(all.body).toMatchObject([{ track: encoded, info }]);
    expect(await load(url, identifiers.one)).toMatchObject({
      body: { loadType: "TRACK_LOADED", tracks: [{ info: { sourceName: info.sourceName } }] },
    });
    expect(await load(url, identifiers.nothing)).toMatchObject({
      body: { loadType: "NO_MATCHES", tracks: [] },
    });
    expect(await load(url, identifiers.failure)).toMatchObject({
      body: { loadType: "LOAD_FAILED", exception: { message: expect.any(String), severity: "COMMON" } },
    });
  });

  it("are given to a request that names the dialect, and otherwise only if the node is set to", async () => {
    const { url, track, identifiers } = await start();
    const path = `${url}/decodetrack?track=${encodeURIComponent(track("a song"))}`;
    expect((await sendRequest(`${path}&lavalink`)).body).toMatchObject({ title: "a song" });
    expect(Object.keys(Object((await sendRequest(path)).body))).toEqual(["track", "info"]);
    const headers = { "Andesite-Compat": "lavalink" };
    expect((await sendRequest(path, { headers })).body).toHaveProperty("info.sourceName");
    const loaded = await load(url, identifiers.list, "&lavalink");
    expect(loaded.body).toHaveProperty("tracks.0.info.sourceName");
    expect(loaded.body).toHaveProperty("playlistInfo.name");
  });

  it("list no plug-ins", async () => {
    const { url } = await start();
    expect(await sendRequest(`${url}/plugins`)).toMatchObject({ status: 200, body: [] });
  });
});
