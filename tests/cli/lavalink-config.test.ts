import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { launch, parseJsonLine, readyLine } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { asterite, asteriteExecutable, temporaryFolder } from "../support/asterite.ts";

const config = `
server: # REST and WebSocket
  port: 0
  address: 127.0.0.1
lavalink:
  plugins: []
  server:
    password: "a secret"
    sources:
      youtube: false
      http: true
    filters:
      volume: true
    opusEncodingQuality: 7
    playerUpdateInterval: 5
metrics:
  prometheus:
    enabled: true
    endpoint: /numbers
`;

it("runs with the settings of an application.yml, and names those without a counterpart", async () => {
  const file = join(await temporaryFolder(), "application.yml");
  await writeFile(file, config);
  const child = await launch({
    command: process.execPath,
    args: [asteriteExecutable, "node", "--lavalink-config", file],
    readyWhen: readyLine,
    timeoutMs: 60_000,
  });
  onTestFinished(async () => void (await child.stop()));
  const lines = child.stdout.map(parseJsonLine);
  const ready = lines.find((line) => line?.["msg"] === "ready");
  const warning = lines.find((line) => line?.["keys"] !== undefined);
  expect(warning).toMatchObject({
    keys: ["lavalink.plugins", "lavalink.server.filters.volume", "lavalink.server.playerUpdateInterval"],
  });
  expect(ready).toMatchObject({ host: "127.0.0.1" });
  expect(ready?.["sources"]).toContain("http");
  expect(ready?.["sources"]).not.toContain("youtube");
  const url = `http://127.0.0.1:${String(ready?.["port"])}`;
  expect((await fetch(`${url}/version`)).status).toBe(401);
  expect((await fetch(`${url}/version`, { headers: { Authorization: "a secret" } })).status).toBe(200);
  expect((await fetch(`${url}/numbers`)).status).toBe(200);
});

it.each([
  ["a file that is missing", undefined, "ENOENT"],
  ["a file that is no YAML", "server: [", "cannot read Lavalink configuration"],
  ["a text", "a text", "must contain keys"],
  [
    "a value out of its range",
    "lavalink: { server: { opusEncodingQuality: 99 } }",
    "andesite.opus.complexity",
  ],
])("refuses %s", async (_case, text, message) => {
  const file = join(await temporaryFolder(), "application.yml");
  if (text !== undefined) await writeFile(file, text);
  const { code, stderr } = await asterite(["node", "--lavalink-config", file]);
  expect(stderr).toContain(message);
  expect(code).toBe(1);
});
