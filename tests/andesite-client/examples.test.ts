import { fileURLToPath } from "node:url";
import { launchNode, ScriptedNode } from "@asterite/testkit";
import { expect, it } from "vitest";

const example = fileURLToPath(new URL("../../examples/andesite-play.ts", import.meta.url));

it("loads, plays, seeks, filters and stops, and prints what happens", async () => {
  await using node = await ScriptedNode.start({ password: "geheim" });
  const info = { title: "Song", author: "Somebody", identifier: "x", length: 60_000, position: 0 };
  node.respond = ({ path, query }) => ({
    status: 200,
    body: { loadType: "SEARCH_RESULT", path, query, tracks: [{ track: "QAAA", info }], playlistInfo: {} },
  });
  const run = await launchNode(example, ["ytsearch:song"], {
    env: { ANDESITE_URL: node.httpUrl.replace(/\/$/, ""), ANDESITE_PASSWORD: "geheim" },
  });
  const exit = await run.exited;
  expect({ exit, stderr: run.stderr }).toMatchObject({ exit: { code: 0 }, stderr: [] });
  expect(run.stdout[0]).toBe("playing Somebody - Song");
  expect(run.stdout.join(" ")).toMatch(/started .*at 0 s .*at 30 s .*ended: STOPPED /);
  expect(node.requests[0]).toMatchObject({ path: "loadtracks", query: { identifier: "ytsearch:song" } });
  expect(node.opsOf("1")).toEqual(["play", "seek", "filters", "stop", "destroy"]);
  expect(node.player("1")).toBeUndefined();
});
