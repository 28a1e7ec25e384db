import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NatsServer } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { asterite, startServerProcess, temporaryFolder } from "../support/asterite.ts";
import { startScriptedNode } from "../support/audio-node.ts";
import { createMusicFolder, nodePassword, startAnnouncedNode } from "../support/discovered-nodes.ts";

const password = { ASTERITE_DJ_PASSWORD: "secret" };

it.each([
  [[], {}, "--password-file, or ASTERITE_DJ_PASSWORD"],
  [["--password-file", "none"], {}, "The file of --password-file cannot be read"],
  [["--server", "a:b"], password, "HOST or HOST:PORT"],
  [["--node", "localhost:5000"], password, "an address such as http://localhost:5000"],
  [["--node", "http://u:p@localhost:5000"], password, "without credentials"],
  [
    ["--node", "http://a", "--node", "http://b", "--listen-url", "http://c"],
    password,
    "does not fit 2 nodes",
  ],
  [["--nats", "nats://a"], password, "ASTERITE_DJ_NODE_PASSWORD"],
  [["--nats", "http://a"], { ...password, ASTERITE_DJ_NODE_PASSWORD: "x" }, "nats://host:4222"],
  [["--music-prefix", "a b"], password, "without white space"],
  [["--control", "nobody"], password, "everyone, requester or group:NAME"],
  [["--crossfade", "16"], password, "0 to 15"],
  [["--insecure-plaintext", "--fingerprint", "ab"], password, "contradict each other"],
])("refuses %j in words", async (args, env, words) => {
  const { code, stderr, stdout } = await asterite(["dj", ...args], { env, cwd: await temporaryFolder() });
  expect(stderr).toContain(words);
  expect(stderr).not.toMatch(/^\s+at |secret/m);
  expect([code, stdout]).toEqual([1, ""]);
});

it("says in words that the server does not let it in, and never its password", async () => {
  const cwd = await temporaryFolder();
  const { port } = await startServerProcess(["--data", join(cwd, "server"), "--admin-user", "dj", "right"]);
  await writeFile(join(cwd, "password"), "wrong-password\n");
  const args = ["dj", "--server", `127.0.0.1:${port}`, "--password-file", "password"];
  const { code, stderr, stdout } = await asterite(args, { cwd });
  expect([code, stderr]).toEqual([1, expect.stringContaining("wrong password")]);
  expect(stderr + stdout).not.toContain("wrong-password");
});

it("lists every option in its help, with defaults and environment variables", async () => {
  const { code, stdout } = await asterite(["dj", "--help"], { env: { COLUMNS: "200" } });
  expect(code).toBe(0);
  for (const flag of [
    "server",
    "user",
    "password-file",
    "node",
    "data",
    "music-prefix",
    "control",
    "listen-url",
    "nats",
  ]) {
    expect(stdout).toContain(`--${flag} `);
  }
  expect(stdout).toContain("ASTERITE_DJ_NODES");
});

// Four processes, one after the other.
it("is examined by the doctor", { timeout: 60_000 }, async () => {
  const cwd = await temporaryFolder();
  const node = await startScriptedNode();
  node.scripted.respond = ({ path }) => ({ status: path === "stats" ? 200 : 404, body: {} });
  const { port } = await startServerProcess(["--data", join(cwd, "server")]);
  const place = ["--server", `127.0.0.1:${port}`, "--node", node.url];
  const examine = async (args: readonly string[], env: Readonly<Record<string, string>>) => {
    const { code, stdout } = await asterite(["doctor", "dj", "--json", ...args], { cwd, env });
    const { findings } = JSON.parse(stdout) as { findings: { severity: string; subject: string }[] };
    const subjects = ["configuration", "folder", "chat server", "audio node"];
    return [
      code,
      findings.filter(({ subject }) => subjects.includes(subject)).map(({ severity }) => severity),
    ];
  };
  expect(await examine(place, password)).toEqual([0, ["ok", "ok", "ok"]]);
  expect(await examine(place, {})).toEqual([1, ["problem"]]);
  await node.kill();
  expect(await examine(place, password)).toEqual([1, ["ok", "ok", "problem"]]);
});

// Six processes, one after the other.
it.skipIf(!NatsServer.isInstalled)(
  "is told by the doctor which nodes can be found",
  { timeout: 60_000 },
  async () => {
    const cwd = await temporaryFolder();
    const nats = await NatsServer.start();
    onTestFinished(() => nats[Symbol.asyncDispose]());
    const hear = async (nodeWord: string) => {
      const env = { ...password, ASTERITE_DJ_NODE_PASSWORD: nodeWord };
      const { stdout } = await asterite(["doctor", "dj", "--json", "--nats", nats.url], { cwd, env });
      const { findings } = JSON.parse(stdout) as { findings: Record<string, string>[] };
      const about = (subject: string) => findings.filter((one) => one["subject"] === subject);
      expect(about("audio node")).toEqual([]);
      expect(stdout).not.toContain(nodeWord);
      return { bus: about("nats"), nodes: about("found nodes") };
    };
    expect(await hear(nodePassword)).toMatchObject({
      bus: [{ severity: "ok" }],
      nodes: [{ severity: "warning", message: expect.stringContaining("none announced itself") }],
    });
    const node = await startAnnouncedNode(nats.url, await createMusicFolder());
    expect((await hear(nodePassword)).nodes).toEqual([
      { severity: "ok", subject: "found nodes", message: node.url },
    ]);
    expect((await hear("another word")).nodes.map(({ severity }) => severity)).toEqual([
      "warning",
      "warning",
    ]);
    await nats.kill();
    expect((await hear(nodePassword)).bus).toMatchObject([{ severity: "problem" }]);
  },
);
