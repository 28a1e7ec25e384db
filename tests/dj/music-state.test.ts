// The music state that the bot publishes.

import { FaultProxy } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { scriptedTrack, startScriptedNode } from "../support/audio-node.ts";
import { type ChatUser, loadQueries, type Music, startBot } from "../support/dj.ts";

it("publishes the position again when a track starts some time after its request", async () => {
  const node = await startScriptedNode();
  const proxy = await FaultProxy.start({ port: Number(new URL(node.url).port) });
  onTestFinished(() => proxy.close());
  const { ann } = await startBot([{ ...node, url: `http://${proxy.host}:${proxy.port}` }]);
  const published: NonNullable<Music["player"]>[] = [];
  ann.client.on("channelState", ({ value }) => {
    const { player } = (value ?? {}) as Partial<Music>;
    if (player) published.push(player);
  });
  proxy.inject({ type: "delay", direction: "toServer", delayMs: 700 });
  await ann.ask("!play slow");
  await expect.poll(() => published.length).toBeGreaterThan(0);
  const requestedAt = published[0]?.at ?? 0;
  // Published when the track starts, not only with the next change.
  const started = () => published.find(({ at, positionMs }) => at - requestedAt > 600 && positionMs < 600);
  await expect.poll(started).toBeDefined();
});

describe("artwork", () => {
  const artwork = (ann: ChatUser) => ann.music?.player?.track.artwork;

  it("is published as a path, and looked up again after a restart of the node or the bot", async () => {
    const node = await startScriptedNode();
    let path = "/artwork/first";
    node.scripted.respond = ({ path: route, query }) => {
      if (route !== "loadtracks") return { status: 404, body: { code: 404, message: "Not found" } };
      const title = String(query["identifier"]).replace(/^(?:raw|search):|\.mp3$/g, "");
      const tracks = [scriptedTrack(title, { artworkUrl: path })];
      return { status: 200, body: { loadType: "SEARCH_RESULT", tracks, playlistInfo: {} } };
    };
    const { ann, dj, restartBot: again } = await startBot([node]);
    await ann.ask("!play song");
    await expect.poll(() => artwork(ann)).toBe("/artwork/first");
    // The restarted node has other keys.
    await node.kill();
    path = "/artwork/second";
    await node.restart();
    await expect.poll(() => artwork(ann), { timeout: 10_000 }).toBe("/artwork/second");
    expect(loadQueries(node).at(-1)).toEqual({ identifier: "raw:song.mp3", extended: "true" });
    await dj.close();
    path = "/artwork/third";
    await again();
    await expect.poll(() => artwork(ann), { timeout: 10_000 }).toBe("/artwork/third");
  });

  it("is published as a URL with several nodes, and unchanged if it is a web URL", async () => {
    const nodes = [await startScriptedNode("n1"), await startScriptedNode("n2")];
    let artworkUrl = "/artwork/a";
    for (const { scripted } of nodes) {
      scripted.respond = () => ({
        status: 200,
        body: { loadType: "SEARCH_RESULT", tracks: [scriptedTrack("t", { artworkUrl })], playlistInfo: {} },
      });
    }
    const { ann } = await startBot(nodes);
    await ann.ask("!play song");
    const addresses = nodes.map(({ url }) => `${url.replace(/\/$/, "")}/artwork/a`);
    await expect.poll(() => addresses.includes(String(artwork(ann)))).toBe(true);
    artworkUrl = "https://i.example/a.jpg";
    await ann.ask("!play song");
    await ann.ask("!skip");
    await expect.poll(() => artwork(ann)).toBe("https://i.example/a.jpg");
  });
});
