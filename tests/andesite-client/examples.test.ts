import { fileURLToPath } from "node:url";
import { launchNode, ScriptedNode } from "@asterite/testkit";
import { expect, it } from "vitest";
import { encoded, startNode } from "../support/andesite.ts";
import { RelayedNode } from "../support/relayed-node.ts";

const example = fileURLToPath(new URL("../../examples/andesite-play.ts", import.meta.url));
const password = "geheim";
const query = "search:a song";

/** Starts a scripted node with one track. */
const nodes = [
  {
    name: "the scripted node",
    async start() {
      const node = await startNode({ password });
      const info = {
        title: "a song",
        author: "Unknown artist",
        identifier: "x",
        length: 60_000,
        position: 0,
      };
      const tracks = [{ track: encoded("song"), info }];
      node.respond = () => ({ status: 200, body: { loadType: "SEARCH_RESULT", tracks, playlistInfo: {} } });
      return node;
    },
  },
  { name: "a whole node with a folder of music", start: () => RelayedNode.start({ password }) },
];

it.each(nodes)("loads, plays, seeks, filters and stops with $name, and prints the events", async (kind) => {
  const node = await kind.start();
  const run = await launchNode(example, [query], {
    env: { ANDESITE_URL: node.httpUrl.replace(/\/$/, ""), ANDESITE_PASSWORD: password },
  });
  const exit = await run.exited;
  expect({ exit, stderr: run.stderr }).toMatchObject({ exit: { code: 0 }, stderr: [] });
  expect(run.stdout[0]).toBe("playing Unknown artist - a song");
  expect(run.stdout.join(" ")).toMatch(/started .*at 0 s .*at 30 s .*ended: STOPPED /);
  expect(node.requests[0]).toMatchObject({ path: "loadtracks", query: { identifier: query } });
  expect(node.opsOf("1")).toEqual(["play", "seek", "filters", "stop", "destroy"]);
  expect(await (node instanceof ScriptedNode ? node.player("1") : node.state("1"))).toBeFalsy();
});
