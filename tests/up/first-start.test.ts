// Start-up errors of `asterite up`, and restarts.

import { once } from "node:events";
import { copyFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { jsonLine, type LaunchedProcess, launch, parseJsonLine } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import {
  asterite,
  asteriteExecutable,
  readSetupLink,
  setupCodeOf,
  startServerProcess,
  temporaryFolder,
} from "../support/asterite.ts";
import { ask, openClient, registered, statusOf } from "../support/server.ts";

const isReady = jsonLine({ msg: "ready", service: "asterite" });

/** Starts `asterite up` in a folder; stopped when the test ends. */
async function startUp(cwd: string, env: Readonly<Record<string, string>> = {}): Promise<LaunchedProcess> {
  const up = await launch({
    command: process.execPath,
    args: [asteriteExecutable, "up", "--host", "127.0.0.1", "--port", "0", "--web-port", "0"],
    cwd,
    env,
    readyWhen: isReady,
    timeoutMs: 90_000,
  });
  onTestFinished(async () => void (await up.stop()));
  return up;
}

/** Returns a field of the ready line. */
const readyField = (up: LaunchedProcess, name: string): unknown =>
  parseJsonLine(up.stdout.find(isReady) ?? "")?.[name];

const firstAccount = { uname: "ann", passwd: "a long secret" };

/** Registers with a set-up link and creates a channel, which only an administrator may. */
async function setUp(up: LaunchedProcess, link: string): Promise<void> {
  const client = await openClient(Number(readyField(up, "port")));
  expect(await statusOf(client, "register", { ...firstAccount, invite: setupCodeOf(link) })).toBe(200);
  expect(await statusOf(client, "create_channel", { name: "x", permissions: {} })).toBe(200);
}

it("reports a port that is in use and leaves no process running", { timeout: 60_000 }, async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" ? String(address?.port) : "";
  const cwd = await temporaryFolder();
  const { code, stderr } = await asterite(["up", "--host", "127.0.0.1", "--port", port, "--web-port", "0"], {
    cwd,
  });
  other.close();
  expect(code).toBe(1);
  expect(stderr).toContain(`${port}`);
  expect(stderr).toMatch(/in use|taken/i);
  expect(stderr).toContain("(--port)");
  expect(stderr).not.toMatch(/^\s+at /m);
});

it("reports a folder that cannot be created", async () => {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, "data"), "a file");
  const { code, stderr } = await asterite(["up"], { cwd });
  expect(code).toBe(1);
  expect(stderr).toMatch(/asterite up: cannot create or write a folder/);
});

it("restarts a crashed service", {
  timeout: 120_000,
}, async () => {
  const cwd = await temporaryFolder();
  const first = await startUp(cwd);
  const ofNode = first.stdout
    .map(parseJsonLine)
    .find((line) => line?.["part"] === "audio node" && line["msg"] === "ready");
  process.kill(Number(ofNode?.["pid"]), "SIGKILL");
  const isBack = (line: string): boolean => {
    const entry = parseJsonLine(line);
    return entry?.["part"] === "audio node" && entry["msg"] === "ready" && entry["pid"] !== ofNode?.["pid"];
  };
  await first.waitForLine(isBack, { timeoutMs: 30_000 });
  expect(first.stdout.join("\n")).toContain("audio node exited (signal SIGKILL)");
});

it("takes over the database and the certificate of another server, and creates an administrator", {
  timeout: 240_000,
}, async () => {
  const [old, cwd] = [await temporaryFolder(), await temporaryFolder()];
  const other = await startServerProcess(["--data", old]);
  const { fingerprint256 } = other.ready;
  const { uuid } = await registered(other.port, "ben");
  await other.process.stop();
  await mkdir(join(cwd, "data"));
  for (const file of ["aster.db", "certificate.pem", "private-key.pem"])
    await copyFile(join(old, file), join(cwd, "data", file));

  const up = await startUp(cwd);
  expect(readyField(up, "fingerprint256")).toBe(fingerprint256);
  await setUp(up, await readSetupLink(join(cwd, "data")));
  const admin = await openClient(Number(readyField(up, "port")));
  expect(await statusOf(admin, "login", firstAccount)).toBe(200);
  const { reply } = await ask(admin, "get_metadata");
  expect(reply["data"]).toContainEqual(expect.objectContaining({ name: "ben", uuid }));
});

it("writes set-up links until there is an administrator, also after a failed first start, and none to the log", {
  timeout: 240_000,
}, async () => {
  const cwd = await temporaryFolder();
  const data = join(cwd, "data");
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const taken = typeof address === "object" ? String(address?.port) : "";
  const failed = await asterite(["up", "--host", "127.0.0.1", "--port", taken, "--web-port", "0"], { cwd });
  other.close();
  expect(failed.code).toBe(1);

  const first = await startUp(cwd);
  expect(readyField(first, "setupLinkFile")).toBe("data/setup-link");
  const links = (await readFile(join(data, "setup-link"), "utf8")).trim().split("\n");
  expect(links).toEqual([
    expect.stringMatching(`^http://localhost:${readyField(first, "plainPort")}/#setup=[\\w-]{43}$`),
    expect.stringMatching(`^https://127.0.0.1:${readyField(first, "port")}/#setup=[\\w-]{43}$`),
  ]);
  expect((await stat(join(data, "setup-link"))).mode & 0o777).toBe(0o600);
  await first.stop();

  const second = await startUp(cwd);
  const link = await readSetupLink(data);
  await setUp(second, link);
  await second.stop();

  const third = await startUp(cwd);
  expect(readyField(third, "setupLinkFile")).toBeNull();
  await expect(stat(join(data, "setup-link"))).rejects.toThrow("ENOENT");
  await third.stop();
  const output = [failed, first, second, third].flatMap(({ stdout, stderr }) => [stdout, stderr].flat());
  for (const secret of [links[0] ?? "", link].map(setupCodeOf)) {
    expect(output.join("\n")).not.toContain(secret);
  }
});

it("writes no set-up link if the operator names the administrator", { timeout: 240_000 }, async () => {
  const cwd = await temporaryFolder();
  const env = { ASTERITE_ADMIN_USER: JSON.stringify(["ann", "a long secret"]) };
  const up = await startUp(cwd, env);
  expect(readyField(up, "setupLinkFile")).toBeNull();
  const admin = await openClient(Number(readyField(up, "port")));
  expect(await statusOf(admin, "login", firstAccount)).toBe(200);
  expect(await statusOf(admin, "create_channel", { name: "x", permissions: {} })).toBe(200);
});

it("keeps the administrator of an earlier version and names the file with the first password", {
  timeout: 240_000,
}, async () => {
  const cwd = await temporaryFolder();
  const data = join(cwd, "data");
  await mkdir(data);
  await writeFile(join(data, "admin-password"), "of a start that failed\n");
  const first = await startUp(cwd);
  // Without an administrator the password opens no account.
  expect(readyField(first, "passwordFile")).toBeNull();
  await setUp(first, await readSetupLink(data));
  await first.stop();
  await writeFile(join(data, "admin-password"), "a long secret\n");
  const second = await startUp(cwd);
  expect(readyField(second, "passwordFile")).toBe("data/admin-password");
  expect(readyField(second, "setupLinkFile")).toBeNull();
  expect(await readFile(join(data, "admin-password"), "utf8")).toBe("a long secret\n");
});
