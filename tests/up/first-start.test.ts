// Start-up errors of `asterite up`, and restarts.

import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { jsonLine, launch, parseJsonLine } from "@asterite/testkit";
import { expect, it } from "vitest";
import { asterite, asteriteExecutable, temporaryFolder } from "../support/asterite.ts";

const isReady = jsonLine({ msg: "ready", service: "asterite" });

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
  expect(stderr).not.toMatch(/^\s+at /m);
});

it("reports a folder that cannot be created", async () => {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, "data"), "a file");
  const { code, stderr } = await asterite(["up"], { cwd });
  expect(code).toBe(1);
  expect(stderr).toMatch(/asterite up: cannot create or write a folder/);
});

it("restarts a crashed service, and keeps the administrator on the second start", {
  timeout: 120_000,
}, async () => {
  const cwd = await temporaryFolder();
  const start = () =>
    launch({
      command: process.execPath,
      args: [asteriteExecutable, "up", "--host", "127.0.0.1", "--port", "0", "--web-port", "0"],
      cwd,
      readyWhen: isReady,
      timeoutMs: 60_000,
    });
  await using first = await start();
  const ready = parseJsonLine(first.stdout.find(isReady) ?? "");
  expect(ready?.["administrator"]).toMatchObject({ name: "admin" });
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
  await first.stop();
  await using second = await start();
  expect(parseJsonLine(second.stdout.find(isReady) ?? "")?.["administrator"]).toBeNull();
});
