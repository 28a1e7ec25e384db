// Start-up errors of `asterite up`, and restarts.

import { once } from "node:events";
import { copyFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { jsonLine, type LaunchedProcess, launch, parseJsonLine } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { asterite, asteriteExecutable, startServerProcess, temporaryFolder } from "../support/asterite.ts";
import { ask, openClient, registered, statusOf } from "../support/server.ts";

const isReady = jsonLine({ msg: "ready", service: "asterite" });

/** Starts `asterite up` in a folder; stopped when the test ends. */
async function startUp(cwd: string): Promise<LaunchedProcess> {
  const up = await launch({
    command: process.execPath,
    args: [asteriteExecutable, "up", "--host", "127.0.0.1", "--port", "0", "--web-port", "0"],
    cwd,
    readyWhen: isReady,
    timeoutMs: 90_000,
  });
  onTestFinished(async () => void (await up.stop()));
  return up;
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

it("takes over the database and the certificate of another server, and makes an administrator", {
  timeout: 240_000,
}, async () => {
  const [old, cwd] = [await temporaryFolder(), await temporaryFolder()];
  const other = await startServerProcess(["--data", old]);
  const { fingerprint256 } = other.ready;
  const { uuid } = await registered(other.port, "ann");
  await other.process.stop();
  await mkdir(join(cwd, "data"));
  for (const file of ["aster.db", "certificate.pem", "private-key.pem"])
    await copyFile(join(old, file), join(cwd, "data", file));

  const up = await startUp(cwd);
  const ready = parseJsonLine(up.stdout.find(isReady) ?? "");
  expect(ready?.["fingerprint256"]).toBe(fingerprint256);
  const password = (await readFile(join(cwd, "data", "admin-password"), "utf8")).trim();
  const admin = await openClient(Number(ready?.["port"]));
  expect(await statusOf(admin, "login", { uname: "admin", passwd: password })).toBe(200);
  expect(await statusOf(admin, "create_channel", { name: "x", permissions: {} })).toBe(200);
  const { reply } = await ask(admin, "get_metadata");
  expect(reply["data"]).toContainEqual(expect.objectContaining({ name: "ann", uuid }));
});

it("keeps the administrator's first password in a file, also after a failed first start, and out of the log", {
  timeout: 240_000,
}, async () => {
  const cwd = await temporaryFolder();
  const file = join(cwd, "data", "admin-password");
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const taken = typeof address === "object" ? String(address?.port) : "";
  const failed = await asterite(["up", "--host", "127.0.0.1", "--port", taken, "--web-port", "0"], { cwd });
  other.close();
  expect(failed.code).toBe(1);
  const password = (await readFile(file, "utf8")).trim();
  expect(password).toMatch(/^\w{16}$/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  const first = await startUp(cwd);
  const ready = parseJsonLine(first.stdout.find(isReady) ?? "");
  expect(ready?.["administrator"]).toEqual({ name: "admin", passwordFile: "data/admin-password" });
  const admin = await openClient(Number(ready?.["port"]));
  expect(await statusOf(admin, "login", { uname: "admin", passwd: password })).toBe(200);
  expect(await statusOf(admin, "create_channel", { name: "x", permissions: {} })).toBe(200);
  expect(await statusOf(admin, "change_password", { new_password: "a long new secret" })).toBe(200);
  await first.stop();

  const second = await startUp(cwd);
  expect(parseJsonLine(second.stdout.find(isReady) ?? "")?.["administrator"]).toBeNull();
  await expect(stat(file)).rejects.toThrow("ENOENT");
  await second.stop();
  const output = [failed.stdout, failed.stderr, ...first.stdout, ...first.stderr, ...second.stdout];
  expect(output.join("\n")).not.toContain(password);
});
