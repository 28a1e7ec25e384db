// What the bot publishes for the music panel.

import { FaultProxy } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { scriptedTrack, startScriptedNode } from "../support/audio-node.ts";
import { type Listener, loads, type Music, startRoom } from "../support/dj.ts";

it("shows a track where it is, although it begins some time after it was asked for", async () => {
  const node = await startScriptedNode();
  const proxy = await FaultProxy.start({ port: Number(new URL(node.url).port) });
  onTestFinished(() => proxy.close());
  const { ann } = await startRoom([{ ...node, url: `http://${proxy.host}:${proxy.port}` }]);
  const published: NonNullable<Music["player"]>[] = [];
  ann.client.on("channelState", ({ value }) => {
    const { player } = (value ?? {}) as Partial<Music>;
    if (player) published.push(player);
  });
  proxy.inject({ type: "delay", direction: "toServer", delayMs: 700 });
  await ann.ask("!play slow");
  await expect.poll(() => published.length).toBeGreaterThan(0);
  const askedAt = published[0]?.at ?? 0;
  // Told when it began, and not only with the next thing that has to be told.
  const begun = () => published.find(({ at, positionMs }) => at - askedAt > 600 && positionMs < 600);
  await expect.poll(begun).toBeDefined();
});

describe("pictures", () => {
  const artwork = (ann: Listener) => ann.music?.player?.track.artwork;

  it("are published as paths of the server, and asked for again when the node or the bot is back", async () => {
    const node = await startScriptedNode();
    let path = "/artwork/first";
    node.scripted.respond = ({ path: route, query }) => {
      if (route !== "loadtracks") return { status: 404, body: { code: 404, message: "Not found" } };
      const title = String(query["identifier"]).replace(/^(?:raw|search):|\.mp3$/g, "");
      const tracks = [scriptedTrack(title, { artworkUrl: path })];
      return { status: 200, body: { loadType: "SEARCH_RESULT", tracks, playlistInfo: {} } };
    };
    const { ann, dj, again } = await startRoom([node]);
    await ann.ask("!play song");
    await expect.poll(() => artwork(ann)).toBe("/artwork/first");
    // The node of the same address has other keys.
    await node.kill();
    path = "/artwork/second";
    await node.restart();
    await expect.poll(() => artwork(ann), { timeout: 10_000 }).toBe("/artwork/second");
    expect(loads(node).at(-1)).toEqual({ identifier: "raw:song.mp3", extended: "true" });
    await dj.close();
    path = "/artwork/third";
    await again();
    await expect.poll(() => artwork(ann), { timeout: 10_000 }).toBe("/artwork/third");
  });

  it("of several nodes are at the addresses of the nodes, and those of the web where they are", async () => {
    const nodes = [await startScriptedNode("n1"), await startScriptedNode("n2")];
    let artworkUrl = "/artwork/a";
    for (const { scripted } of nodes) {
      scripted.respond = () => ({
        status: 200,
        body: { loadType: "SEARCH_RESULT", tracks: [scriptedTrack("t", { artworkUrl })], playlistInfo: {} },
      });
    }
    const { ann } = await startRoom(nodes);
    await ann.ask("!play song");
    const addresses = nodes.map(({ url }) => `${url.replace(/\/$/, "")}/artwork/a`);
    await expect.poll(() => addresses.includes(String(artwork(ann)))).toBe(true);
    artworkUrl = "https://i.example/a.jpg";
    await ann.ask("!play song");
    await ann.ask("!skip");
    await expect.poll(() => artwork(ann)).toBe("https://i.example/a.jpg");
  });
});
