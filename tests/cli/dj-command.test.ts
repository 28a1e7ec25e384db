import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AndesiteNodeOptions, createNode } from "@asterite/andesite-node";
import { NatsServer } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { asterite, startServerProcess, temporaryFolder } from "../support/asterite.ts";
import { startScriptedNode } from "../support/audio-node.ts";
import { createMusicFolder, nodePassword, startAnnouncedNode } from "../support/discovered-nodes.ts";

const password = { ASTERITE_DJ_PASSWORD: "secret" };

it.each([
  [[], {}, "--password-file or ASTERITE_DJ_PASSWORD"],
  [["--password-file", "none"], {}, "cannot read the file of --password-file"],
  [["--server", "a:b"], password, "HOST or HOST:PORT"],
  [["--node", "localhost:5000"], password, "a URL such as http://localhost:5000"],
  [["--node", "http://u:p@localhost:5000"], password, "without credentials"],
  [["--node", "http://a", "--node", "http://b", "--listen-url", "http://c"], password, "1 for 2 nodes"],
  [["--nats", "nats://a"], password, "ASTERITE_DJ_NODE_PASSWORD"],
  [["--nats", "http://a"], { ...password, ASTERITE_DJ_NODE_PASSWORD: "x" }, "nats://host:4222"],
  [["--music-prefix", "a b"], password, "without white space"],
  [["--control", "nobody"], password, "everyone, requester or group:NAME"],
  [["--crossfade", "16"], password, "0 to 15"],
  [["--insecure-plaintext", "--fingerprint", "ab"], password, "mutually exclusive"],
])("rejects %j without a stack trace", async (args, env, message) => {
  const { code, stderr, stdout } = await asterite(["dj", ...args], { env, cwd: await temporaryFolder() });
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^\s+at |secret/m);
  expect([code, stdout]).toEqual([1, ""]);
});

it("reports a rejected login without printing the password", async () => {
  const cwd = await temporaryFolder();
  const { port } = await startServerProcess(["--data", join(cwd, "server"), "--admin-user", "dj", "right"]);
  await writeFile(join(cwd, "password"), "wrong-password\n");
  const args = ["dj", "--server", `127.0.0.1:${port}`, "--password-file", "password"];
  const { code, stderr, stdout } = await asterite(args, { cwd });
  expect([code, stderr]).toEqual([1, expect.stringContaining("wrong password")]);
  expect(stderr + stdout).not.toContain("wrong-password");
});

it("lists all options with defaults and environment variables in --help", async () => {
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

// Starts four processes in sequence.
it("doctor dj checks folder, chat server and audio node", { timeout: 60_000 }, async () => {
  const cwd = await temporaryFolder();
  const node = await startScriptedNode();
  node.scripted.respond = ({ path }) => ({ status: path === "stats" ? 200 : 404, body: {} });
  const { port } = await startServerProcess(["--data", join(cwd, "server")]);
  const endpoints = ["--server", `127.0.0.1:${port}`, "--node", node.url];
  const examine = async (args: readonly string[], env: Readonly<Record<string, string>>) => {
    const { code, stdout } = await asterite(["doctor", "dj", "--json", ...args], { cwd, env });
    const { findings } = JSON.parse(stdout) as { findings: { severity: string; subject: string }[] };
    const subjects = ["configuration", "folder", "chat server", "audio node"];
    return [
      code,
      findings.filter(({ subject }) => subjects.includes(subject)).map(({ severity }) => severity),
    ];
  };
  expect(await examine(endpoints, password)).toEqual([0, ["ok", "ok", "ok"]]);
  expect(await examine(endpoints, {})).toEqual([1, ["problem"]]);
  await node.kill();
  expect(await examine(endpoints, password)).toEqual([1, ["ok", "ok", "problem"]]);
});

it("doctor dj finds a node that cannot play what users request", { timeout: 60_000 }, async () => {
  const cwd = await temporaryFolder();
  const { port } = await startServerProcess(["--data", join(cwd, "server")]);
  const musicFindings = async (loading: NonNullable<AndesiteNodeOptions["loading"]>) => {
    const node = await createNode({ http: { host: "127.0.0.1", port: 0 }, loading });
    onTestFinished(() => node.close({ graceMs: 0 }));
    const args = ["--server", `127.0.0.1:${port}`, "--node", `http://127.0.0.1:${node.port}`];
    const { code, stdout } = await asterite(["doctor", "dj", "--json", ...args], { cwd, env: password });
    const { findings } = JSON.parse(stdout) as { findings: { severity: string; subject: string }[] };
    return [code, findings.filter(({ subject }) => subject === "music").map(({ severity }) => severity)];
  };
  expect(await musicFindings({})).toEqual([1, ["problem", "warning"]]);
  const sources = { local: true, http: true };
  expect(await musicFindings({ musicFolders: [cwd], sources })).toEqual([0, ["ok"]]);
});

// Starts six processes in sequence.
it.skipIf(!NatsServer.isInstalled)(
  "doctor dj lists the audio nodes discovered over NATS",
  { timeout: 60_000 },
  async () => {
    const cwd = await temporaryFolder();
    const nats = await NatsServer.start();
    onTestFinished(() => nats[Symbol.asyncDispose]());
    const discover = async (sharedPassword: string) => {
      const env = { ...password, ASTERITE_DJ_NODE_PASSWORD: sharedPassword };
      const { stdout } = await asterite(["doctor", "dj", "--json", "--nats", nats.url], { cwd, env });
      const { findings } = JSON.parse(stdout) as { findings: Record<string, string>[] };
      const about = (subject: string) => findings.filter((one) => one["subject"] === subject);
      expect(about("audio node")).toEqual([]);
      expect(stdout).not.toContain(sharedPassword);
      return { bus: about("nats"), nodes: about("discovered nodes") };
    };
    expect(await discover(nodePassword)).toMatchObject({
      bus: [{ severity: "ok" }],
      nodes: [{ severity: "warning", message: expect.stringContaining("no announcement within") }],
    });
    const node = await startAnnouncedNode(nats.url, await createMusicFolder());
    expect((await discover(nodePassword)).nodes).toEqual([
      { severity: "ok", subject: "discovered nodes", message: node.url },
    ]);
    expect((await discover("mismatch")).nodes.map(({ severity }) => severity)).toEqual([
      "warning",
      "warning",
    ]);
    await nats.kill();
    expect((await discover(nodePassword)).bus).toMatchObject([{ severity: "problem" }]);
  },
);
