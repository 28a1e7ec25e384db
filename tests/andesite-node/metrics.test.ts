import { expect, it } from "vitest";
import { startTestNode, TestSocket, waitForSocketCount } from "../support/andesite-node.ts";

const familiesOf = (text: string): string[] =>
  [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name ?? "");

it("returns the documented metric families and those of the process", async () => {
  const { url } = await startTestNode();
  const text = await (await fetch(`${url}/metrics`)).text();
  const families = familiesOf(text);
  for (const name of [
    "andesite_players",
    "andesite_uptime",
    "andesite_gc_pauses_seconds",
    "process_cpu_seconds_total",
  ]) {
    expect(families).toContain(name);
  }
  expect(new Set(families).size).toBe(families.length);
  expect(text).toMatch(/^andesite_players 0$/m);
});

it("returns only the requested metric families", async () => {
  const { url, players } = await startTestNode();
  players.perform("1", "2", { op: "stop", fields: {}, payload: {} });
  const query = ["andesite_players", "process_start_time_seconds", "unknown"]
    .map((name) => `name[]=${name}`)
    .join("&");
  const text = await (await fetch(`${url}/metrics?${query}`)).text();
  expect(familiesOf(text)).toEqual(["andesite_players", "process_start_time_seconds"]);
  expect(text).toMatch(/^andesite_players 1$/m);
});

it("counts garbage collection pauses", async () => {
  const { url } = await startTestNode();
  const garbage: unknown[] = [];
  const count = async () => {
    for (let index = 0; index < 200_000; index++) garbage[index % 100] = { index, text: String(index) };
    const text = await (await fetch(`${url}/metrics?name[]=andesite_gc_pauses_seconds`)).text();
    return /^andesite_gc_pauses_seconds_bucket\{le="0\.025",action="end of minor GC",cause=".+",name="Scavenge"\} \d+$/m.test(
      text,
    );
  };
  await expect.poll(count, { timeout: 10_000 }).toBe(true);
});

it("has a configurable path and needs no password", async () => {
  const node = await startTestNode({ password: "x", metrics: { enabled: true, path: "/numbers/here" } });
  expect((await fetch(`${node.url}/numbers/here`)).status).toBe(200);
  expect((await fetch(`${node.url}/metrics`)).status).toBe(401);
});

it("counts open WebSockets", async () => {
  const node = await startTestNode();
  const socket = await TestSocket.open(node.url);
  await waitForSocketCount(node, 1);
  await socket.drop();
  await waitForSocketCount(node, 0);
});
