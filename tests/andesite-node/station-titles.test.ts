// Titles that a station announces, from the station through a node to clients.

import { once } from "node:events";
import { HTTP, WebSocket } from "@asterite/andesite";
import { TrackTitleEvent } from "@asterite/andesite/advanced";
import { createNode } from "@asterite/andesite-node";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket as PlainWebSocket } from "ws";
import { startRadioStation } from "../support/radio-station.ts";

/** "Кино" in Windows-1251. */
const cyrillic = Uint8Array.of(0xca, 0xe8, 0xed, 0xee);

async function startNode() {
  const node = await createNode({
    http: { host: "127.0.0.1", port: 0 },
    loading: { sources: { http: true }, allowPrivateAddresses: true },
  });
  onTestFinished(() => node.close({ graceMs: 0 }));
  const address = `127.0.0.1:${node.port}`;
  const connect = async (): Promise<WebSocket> => {
    const client = new WebSocket(`ws://${address}/websocket`, "1", null);
    onTestFinished(() => client.close());
    await client.connect();
    return client;
  };
  const http = new HTTP(`http://${address}/`, null);
  onTestFinished(() => http.close());
  return { address, connect, http };
}

it("reports titles at a bounded rate and length, and only to clients that negotiated them", async () => {
  const station = await startRadioStation(() => cyrillic);
  const { address, connect, http } = await startNode();
  const track = (await http.loadTracks(station.url)).tracks?.[0]?.track ?? "";
  const client = await connect();
  const titles: string[] = [];
  client.on(TrackTitleEvent, (event) => {
    expect(event).toMatchObject({ guildId: "5", play: { track } });
    titles.push(event.title);
  });
  // A client of the original node's time, which plays in the same guild.
  const old = new PlainWebSocket(`ws://${address}/websocket`, { headers: { "User-Id": "1" } });
  onTestFinished(() => old.terminate());
  const types: unknown[] = [];
  old.on("message", (data) => types.push(JSON.parse(String(data)).type));
  await once(old, "open");
  const startMs = performance.now();
  await client.play("5", track, { radio: true });
  await expect.poll(() => titles, { timeout: 15_000 }).toEqual(["Кино"]);
  old.send(JSON.stringify({ op: "play", guildId: "5", track, noReplace: true }));

  // A client that joins receives the present title.
  const late = await connect();
  const lateTitle = late.subscribe(TrackTitleEvent).first();
  await late.play("5", track, { noReplace: true });
  expect(await lateTitle).toMatchObject({ title: "Кино" });

  // About sixteen titles a second.
  let number = 0;
  station.nextTitle = () => `n${number++}`;
  await expect.poll(() => titles.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(4);
  expect(titles.length).toBeLessThanOrEqual((performance.now() - startMs) / 1_000 + 1);
  station.nextTitle = () => "x".repeat(4_000);
  await expect.poll(() => titles.at(-1), { timeout: 15_000 }).toBe("x".repeat(1_000));
  station.nextTitle = () => "Last";
  await expect.poll(() => titles.at(-1), { timeout: 15_000 }).toBe("Last");
  await client.stop("5");
  await expect.poll(() => types).toContain("TrackEndEvent");
  expect(types).not.toContain("TrackTitleEvent");
}, 60_000);
