// Effects on a real node: filters that Andesite and Lavalink do not have (docs/andesite-extensions.md, Effects).

import { createClient, FilterMap } from "@asterite/andesite";
import { Compressor, Echo } from "@asterite/andesite/effects";
import { effectNames, filterNames } from "@asterite/andesite-protocol";
import { describe, expect, it } from "vitest";
import { closeAfterTest } from "../support/andesite.ts";
import { everyNode, type Json, sendRequest, TestSocket } from "../support/andesite-node.ts";

const [, { start }] = everyNode;
const headers = { "User-Id": "1" };
const guild = "/player/5";

describe("effects of an Andesite client", () => {
  it("are in the state of the players that have one, and of no other", async () => {
    const { url } = await start();
    const change = async (path: string, body: Json): Promise<Json> => {
      const answer = await sendRequest(url + path, { method: "PATCH", headers, body: JSON.stringify(body) });
      expect(answer.status).toBe(200);
      return (answer.body as Json)["filters"] as Json;
    };
    expect(Object.keys(await change(`${guild}/filters`, { volume: 2 })).sort()).toEqual([...filterNames]);
    expect(await change(`${guild}/filters`, { highpass: { frequency: 80 } })).toMatchObject({
      highpass: { frequency: 80, enabled: true },
      volume: { volume: 2, enabled: true },
    });
    expect(Object.keys(await change("/player/6/filters", {})).sort()).toEqual([...filterNames]);
    const off = await change(guild, { filters: { highpass: { frequency: 0 } } });
    expect(Object.keys(off).sort()).toEqual([...filterNames]);
  });

  it("are refused by the name of the field, and change nothing", async () => {
    const { url } = await start();
    const send = (body: Json) =>
      sendRequest(`${url}${guild}/filters`, { method: "PATCH", headers, body: JSON.stringify(body) });
    const before = (await send({ compressor: { ratio: 4 } })).body as Json;
    const { status, body } = await send({ volume: 3, compressor: { ratio: 2, attack: -1 } });
    expect({ status, body }).toMatchObject({
      status: 500,
      body: { message: "compressor.attack must be a number at least 0.1 and at most 500" },
    });
    expect(((await send({})).body as Json)["filters"]).toEqual(before["filters"]);
  });
});

it("are set and read with the client library", async () => {
  const { url } = await start();
  const client = closeAfterTest(createClient(url, `${url.replace("http", "ws")}/websocket`, null, "1"));
  const filters = new FilterMap();
  filters.setFilter(new Echo({ delay: 300, mix: 0.4 }));
  filters.setFilter(new Compressor({ ratio: 4, gain: 3 }));
  await client.filters("5", filters);
  await client.ping("5");
  const received = (await client.getPlayer("5"))?.filters ?? new FilterMap();
  const echo = received.getFilter("echo", Echo);
  expect(echo.toState()).toEqual({ delay: 300, feedback: 0.4, mix: 0.4, enabled: true });
  expect(received.getFilter("compressor", Compressor).settings).toMatchObject({ ratio: 4, gain: 3 });
  echo.enabled = false;
  await client.filters("5", { echo });
  await client.ping("5");
  expect((await client.getPlayer("5"))?.filters.has("echo")).toBe(false);
});

it("are filters of plugins for a Lavalink client", async () => {
  const { url } = await start();
  const info = (await sendRequest(`${url}/v4/info`)).body as Json;
  expect((info["filters"] as string[]).slice(-effectNames.length).map((name) => name.toLowerCase())).toEqual(
    effectNames,
  );
  const socket = await TestSocket.open(url, {
    path: "/v4/websocket",
    headers: { "User-Id": "1", "Client-Name": "test/1.0.0" },
  });
  const [ready] = await socket.messages(1);
  const update = (filters: Json) => {
    const player = `${url}/v4/sessions/${String(ready?.["sessionId"])}/players/5`;
    const headers = { "Content-Type": "application/json" };
    return sendRequest(player, { method: "PATCH", headers, body: JSON.stringify({ filters }) });
  };
  const compressor = { threshold: -30, ratio: 3, attack: 10, release: 200, knee: 6, gain: 0 };
  const pluginFilters = {
    compressor: { threshold: -30, ratio: 3 },
    highPass: { frequency: 60 },
    unknown: {},
  };
  expect(await update({ volume: 0.5, pluginFilters })).toMatchObject({
    status: 200,
    body: { filters: { volume: 0.5, pluginFilters: { compressor, highPass: { frequency: 60 } } } },
  });
  expect(await update({ pluginFilters: { highPass: { frequency: -1 } } })).toMatchObject({
    status: 400,
    body: {
      message: "Field filters.pluginFilters.highPass.frequency must be a number at least 0 and at most 20000",
    },
  });
  expect(((await update({})).body as Json)["filters"]).toEqual({});
});
