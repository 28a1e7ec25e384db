import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { asterite, startServerProcess, temporaryFolder } from "../support/asterite.ts";
import { startScriptedNode } from "../support/audio-node.ts";

const password = { ASTERITE_DJ_PASSWORD: "secret" };

it.each([
  [[], {}, "--password-file, or ASTERITE_DJ_PASSWORD"],
  [["--password-file", "none"], {}, "The file of --password-file cannot be read"],
  [["--server", "a:b"], password, "HOST or HOST:PORT"],
  [["--node", "localhost:5000"], password, "an address such as http://localhost:5000"],
  [["--node", "http://u:p@localhost:5000"], password, "without a user in it"],
  [
    ["--node", "http://a", "--node", "http://b", "--listen-url", "http://c"],
    password,
    "does not fit 2 nodes",
  ],
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
  ]) {
    expect(stdout).toContain(`--${flag} `);
  }
  expect(stdout).toContain("ASTERITE_DJ_NODES");
});

it("is examined by the doctor", async () => {
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
