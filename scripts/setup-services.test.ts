import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { root } from "./lib/workspace.ts";

let folder = "";

const writeProgram = (name: string, script: string) => {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
};

/** Runs the script with a path that has only the programs above. */
const run = (ci: boolean) => {
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: folder, CI: ci ? "true" : "" };
  return spawnSync(process.execPath, [join(root, "scripts/setup-services.mjs")], { encoding: "utf8", env });
};

const isRoot = process.getuid?.() === 0;
const calls = () => readFileSync(join(folder, "calls"), "utf8").trim().split("\n");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "asterite-services-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("does nothing when everything is installed", () => {
  writeProgram("dpkg-query", "echo 'Status: install ok installed'");
  writeProgram("apt-get", "echo unexpected; exit 1");
  const { status, stdout, stderr } = run(true);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
});

it("prints what to install without apt-get, which fails only in CI", () => {
  const byHand = run(false);
  expect(byHand.status).toBe(0);
  expect(byHand.stderr).toMatch(/apt-get is not available.*by hand.*chromium/);
  expect(run(true).status).toBe(1);
});

it("installs missing packages as root, and prints instructions for other users", () => {
  writeProgram("dpkg-query", "echo 'Status: deinstall ok config-files'");
  writeProgram("apt-get", `echo "$*" >> "${folder}/calls"; echo noise`);
  const { status, stdout, stderr } = run(false);
  expect(status).toBe(0);
  expect(stdout).toBe("");
  if (isRoot) {
    expect(calls().slice(1)).toEqual([
      "-o DPkg::Lock::Timeout=120 update",
      "-o DPkg::Lock::Timeout=120 install -y --no-install-recommends chromium postgresql nats-server haproxy",
    ]);
    expect(stderr).not.toContain("noise");
  } else {
    expect(stderr).toContain("requires root");
    expect(calls()).toEqual(["--version"]);
  }
});

it("prints the output of apt-get and fails when apt-get fails", () => {
  writeProgram("dpkg-query", "exit 1");
  writeProgram("apt-get", `[ "$3" = install ] && { echo 'E: the reason' >&2; exit 100; }; exit 0`);
  const { status, stderr } = run(true);
  expect(status).toBe(1);
  expect(stderr).toContain(isRoot ? "E: the reason" : "requires root");
});
