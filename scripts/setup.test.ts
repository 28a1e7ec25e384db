import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parse } from "acorn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "./lib/workspace.ts";

/** The oldest installed Node; a user may have an older one. */
const oldNode = join(root, "node_modules/node22/bin/node");

interface LockEntry {
  version?: string;
  integrity?: string;
  optional?: boolean;
  link?: boolean;
  optionalDependencies?: Record<string, string>;
}
type Packages = Record<string, LockEntry>;

const installed = (): Packages => ({
  "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
  "node_modules/a/node_modules/b": { version: "2.0.0", integrity: "sha512-b" },
  "node_modules/own": { link: true },
});

const wanted = (): Packages => ({
  "": {},
  "packages/own": { version: "0.1.0" },
  ...installed(),
  "node_modules/other-platform": { version: "1.0.0", integrity: "sha512-c", optional: true },
});

let folder = "";

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const writeLock = (packages: Packages) => write("package-lock.json", JSON.stringify({ packages }));
const writeInstalled = (packages: Packages) =>
  write("node_modules/.package-lock.json", JSON.stringify({ packages }));

/** Puts an npm on the path that records its arguments. */
const writeNpm = (script: string) => {
  write("bin/npm", `#!/bin/sh\necho "$PWD $*" >> "${folder}/calls"\n${script}\n`);
  chmodSync(join(folder, "bin/npm"), 0o755);
};
const calls = () => {
  try {
    return readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
  } catch {
    return [];
  }
};

const evaluate = (code: string) =>
  spawnSync(
    oldNode,
    ["--input-type=module", "--eval", `import * as setup from "./scripts/setup.mjs"; ${code}`],
    {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, PATH: join(folder, "bin") + delimiter + process.env["PATH"] },
    },
  );
const isInstalled = () => evaluate("console.log(setup.isInstalled())").stdout.trim();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "asterite-setup-"));
  mkdirSync(join(folder, "scripts"));
  copyFileSync(join(root, "scripts/setup.mjs"), join(folder, "scripts/setup.mjs"));
  write("node_modules/node/bin/node", "");
  writeLock(wanted());
  writeInstalled(installed());
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("isInstalled", () => {
  it("accepts an install that is what the lockfile says", () => {
    expect(isInstalled()).toBe("true");
  });

  it.each([
    ["another version", { "node_modules/a": { version: "1.0.1", integrity: "sha512-a" } }],
    ["another integrity", { "node_modules/a": { version: "1.0.0", integrity: "sha512-x" } }],
    ["one package more", { "node_modules/c": { version: "1.0.0", integrity: "sha512-c" } }],
  ])("notices a lockfile with %s", (_, change: Packages) => {
    writeLock({ ...wanted(), ...change });
    expect(isInstalled()).toBe("false");
  });

  it("notices a package that the lockfile no longer has", () => {
    writeInstalled({ ...installed(), "node_modules/left": { version: "1.0.0", integrity: "sha512-l" } });
    expect(isInstalled()).toBe("false");
  });

  it("returns false when the pinned Node is missing", () => {
    rmSync(join(folder, "node_modules/node"), { recursive: true });
    expect(isInstalled()).toBe("false");
  });

  it.each(["package-lock.json", "node_modules/.package-lock.json"])(
    "returns false for a broken %s",
    (file) => {
      write(file, "{");
      expect(isInstalled()).toBe("false");
    },
  );
});

describe("install", () => {
  it("keeps a complete installation and prints nothing", () => {
    writeNpm("exit 1");
    const { status, stdout, stderr } = evaluate("setup.install()");
    expect({ status, stdout, stderr, calls: calls() }).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
      calls: [],
    });
  });

  it("runs npm ci once in the workspace, without its output", () => {
    writeLock({ ...wanted(), "node_modules/a": { version: "1.0.1", integrity: "sha512-a" } });
    writeNpm("echo noise");
    const { status, stdout } = evaluate("setup.install()");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(calls()).toEqual([`${folder} ci --loglevel=error`]);
  });

  it("prints the output of npm when it fails", () => {
    rmSync(join(folder, "node_modules"), { recursive: true });
    writeNpm("echo the reason; exit 7");
    const { status, stderr } = evaluate("setup.install()");
    expect(status).not.toBe(0);
    expect(stderr).toContain("the reason");
    expect(stderr).toContain("npm ci failed with exit code 7");
  });
});

describe("this workspace", () => {
  it.each([
    "scripts/run.mjs",
    "scripts/setup.mjs",
    "scripts/setup-services.mjs",
    "apps/cli/bin/asterite.js",
    "apps/cli/bin/re-exec.js",
  ])("keeps %s readable for Node 20", (file) => {
    const source = readFileSync(join(root, file), "utf8");
    expect(() =>
      parse(source, { ecmaVersion: 2023, sourceType: "module", allowHashBang: true }),
    ).not.toThrow();
  });

  // npm ci refused a lockfile written on a machine whose registry lacked the packages of other platforms.
  it("has every optional package of every platform in its lockfile", () => {
    const { packages }: { packages: Packages } = JSON.parse(
      readFileSync(join(root, "package-lock.json"), "utf8"),
    );
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`${path}/node_modules/${name}` in packages || `node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });
});
