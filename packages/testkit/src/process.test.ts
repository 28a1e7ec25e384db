import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LaunchedProcess, type LaunchOptions, launch, launchNode, readyLine } from "./process.ts";

const run = (script: string, options: Omit<LaunchOptions, "command" | "args"> = {}) =>
  launch({ command: process.execPath, args: ["-e", script], ...options });

/** Returns whether a process runs; a killed orphan is a zombie until init has reaped it. */
const isAlive = (pid: number) =>
  /^[^Z]/.test(spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim());

const untilGone = (pid: number) => expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);

const forever = "setInterval(() => {}, 1000);";

describe("a launched process", () => {
  it("has its lines and its exit code", async () => {
    const child = await run(`process.stdout.write("one\\ntw"); process.stdout.write("o\\nthree");
      console.error("bad"); process.exitCode = 3;`);
    expect(await child.exited).toEqual({ code: 3, signal: null });
    expect(child.stdout).toEqual(["one", "two", "three"]);
    expect(child.stderr).toEqual(["bad"]);
  });

  it("keeps only the newest lines", async () => {
    const child = await run("for (let line = 1; line <= 500; line++) console.log(line);", { keepLines: 3 });
    await child.exited;
    expect(child.stdout).toEqual(["498", "499", "500"]);
  });

  it("finds past and future lines on both streams", async () => {
    await using child = await run(`console.log("early"); console.error("oops");
      process.stdin.on("data", (data) => console.log("got " + data));`);
    await child.waitForLine(/^early$/g);
    expect(await child.waitForLine(/early/)).toBe("early");
    expect(await child.waitForLine((line) => line === "oops")).toBe("oops");
    const answer = child.waitForLine(/^got/);
    await child.write("hello\n");
    expect(await answer).toBe("got hello");
  });

  it("is ready when a JSON line matches", async () => {
    await using child = await run(
      `console.log("{ not JSON"); console.log(JSON.stringify({ msg: "ready", port: 7 })); ${forever}`,
      { readyWhen: readyLine },
    );
    expect(child.jsonLines()).toEqual([{ msg: "ready", port: 7 }]);
  });

  it("reports the exit and the last errors when the awaited line does not come", async () => {
    const launching = run(`console.error("no such port"); process.exit(4);`, { readyWhen: readyLine });
    await expect(launching).rejects.toMatchObject({
      code: "PROCESS_ENDED",
      message: "the process exited with code 4; last lines of its error output:\nno such port",
    });
    const child = await run("process.exit(5);");
    await child.exited;
    await expect(child.waitForLine(/x/)).rejects.toThrow("exited with code 5; its error output is empty");
  });

  it("stops waiting after the timeout and on a signal", async () => {
    await using child = await run(forever);
    await expect(child.waitForLine(/never/, { timeoutMs: 20 })).rejects.toMatchObject({
      code: "TIMEOUT",
      message: expect.stringContaining("/never/ within 20 ms"),
    });
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(child.waitForLine(/never/, { signal })).rejects.toBe(reason);
    const later = new AbortController();
    const waiting = child.waitForLine(/never/, { signal: later.signal });
    later.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(child.waitForLine(/x/, { timeoutMs: Number.POSITIVE_INFINITY })).rejects.toThrow(
      "timeoutMs",
    );
  });

  it("rejects with the error of a throwing predicate", async () => {
    await using child = await run(`process.stdin.once("data", () => console.log("line")); ${forever}`);
    const waiting = child.waitForLine(() => {
      throw new Error("wrong question");
    });
    await child.write("go\n");
    await expect(waiting).rejects.toThrow("wrong question");
  });

  it("is stopped when it does not become ready", async () => {
    const pids: number[] = [];
    const enough = new AbortController();
    const readyWhen = (line: string) => {
      pids.push(Number(line));
      enough.abort(new Error("enough"));
      return false;
    };
    const launching = run(`console.log(process.pid); ${forever}`, { readyWhen, signal: enough.signal });
    await expect(launching).rejects.toThrow("enough");
    expect(pids).toHaveLength(1);
    expect(isAlive(pids[0] ?? 0)).toBe(false);
  });

  it("gets its environment, directory and input", async () => {
    const child = await run(
      `console.log(process.cwd(), process.env.ADDED, process.env.PATH ?? "none", process.env.HOME ?? "none");
       process.stdin.resume().on("end", () => console.log("end of input"));`,
      { cwd: "/", env: { ADDED: "yes", HOME: undefined } },
    );
    child.endInput();
    await child.exited;
    const { PATH } = process.env;
    expect(child.stdout).toEqual([`/ yes ${PATH} none`, "end of input"]);
    await expect(child.write("too late")).rejects.toThrow();
  });

  it("fails to launch a program that does not exist", async () => {
    const launching = launch({ command: "/nonexistent/program" });
    await expect(launching).rejects.toMatchObject({
      code: "PROCESS_NOT_STARTED",
      cause: expect.objectContaining({ code: "ENOENT" }),
    });
  });
});

describe("ending a launched process", () => {
  it("lets it exit by itself after SIGTERM, even when called twice", async () => {
    const child = await run(`process.on("SIGTERM", () => { console.log("bye"); process.exit(0); });
      console.log("ready"); ${forever}`);
    await child.waitForLine(/ready/);
    const ends = await Promise.all([child.stop(), child.stop()]);
    expect(ends).toEqual(Array(2).fill({ code: 0, signal: null }));
    expect(await child.stop()).toEqual({ code: 0, signal: null });
    expect(child.stdout.at(-1)).toBe("bye");
  });

  it.each(["ignores SIGTERM", "is frozen"])("kills a process that %s after graceMs", async (kind) => {
    const child = await run(`process.on("SIGTERM", () => {}); console.log("ready"); ${forever}`, {
      graceMs: 50,
    });
    await child.waitForLine(/ready/);
    if (kind === "is frozen") child.kill("SIGSTOP");
    expect(await child.stop()).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("kills it with SIGKILL", async () => {
    const child = await run(forever);
    const waiting = child.waitForLine(/never/);
    expect(child.kill("SIGKILL")).toBe(true);
    await expect(waiting).rejects.toThrow("killed by SIGKILL");
    expect(await child.exited).toEqual({ code: null, signal: "SIGKILL" });
    expect(child.kill("SIGKILL")).toBe(false);
  });

  it("kills its descendants", async () => {
    const child = await run(`const { spawn } = require("node:child_process");
      console.log(spawn(process.execPath, ["-e", ${JSON.stringify(forever)}], { stdio: "inherit" }).pid);
      ${forever}`);
    const grandchild = Number(await child.waitForLine(/^\d+$/));
    expect(isAlive(grandchild)).toBe(true);
    child.kill("SIGKILL");
    await child.exited;
    await untilGone(grandchild);
  });

  it("does not wait for a descendant in another group that holds its output", async () => {
    const child = await run(`const { spawn } = require("node:child_process");
      const options = { stdio: "inherit", detached: true };
      console.log(spawn(process.execPath, ["-e", ${JSON.stringify(forever)}], options).pid);
      ${forever}`);
    const grandchild = Number(await child.waitForLine(/^\d+$/));
    try {
      expect(await child.stop()).toEqual({ code: null, signal: "SIGTERM" });
      expect(isAlive(grandchild)).toBe(true);
    } finally {
      process.kill(grandchild, "SIGKILL");
    }
  });
});

describe("a TypeScript file of the workspace", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "testkit-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const write = (name: string, text: string): URL => {
    const file = pathToFileURL(join(folder, name));
    writeFileSync(file, text);
    return file;
  };

  it("runs from source", async () => {
    const file = write(
      "typed.ts",
      "const all: string[] = [...process.execArgv, ...process.argv.slice(2)]; console.log(all.join());",
    );
    await using child = await launchNode(file, ["one"]);
    expect(await child.waitForLine(/./)).toBe("--conditions=@asterite/source,one");
    await using fromRoot = await launchNode("packages/testkit/src/errors.ts");
    expect(await fromRoot.exited).toEqual({ code: 0, signal: null });
  });

  const launcher = new URL("./process.ts", import.meta.url).href;
  const launchedBy = (end: string) => `
    import { launch } from ${JSON.stringify(launcher)};
    const child = await launch({ command: process.execPath, args: ["-e", ${JSON.stringify(forever)}] });
    console.log(child.pid);
    ${end}`;

  const grandchildOf = async (parent: LaunchedProcess) => Number(await parent.waitForLine(/^\d+$/));

  it("kills the processes it launched when it exits", async () => {
    const parent = await launchNode(write("exits.ts", launchedBy("process.exit(0);")));
    const grandchild = await grandchildOf(parent);
    await parent.exited;
    await untilGone(grandchild);
  });

  it.each(["SIGTERM", "SIGKILL"] as const)(
    "kills the processes it launched when it gets %s",
    async (signal) => {
      await using parent = await launchNode(write("stays.ts", launchedBy("")));
      // In a group of its own, so that only the guard can have killed it.
      const grandchild = await grandchildOf(parent);
      expect(isAlive(grandchild)).toBe(true);
      process.kill(parent.pid, signal);
      await parent.exited;
      await untilGone(grandchild);
    },
  );
});

it("ends the guard together with the process", async () => {
  const child = await run(forever);
  const isGuarded = () =>
    execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).includes(`guard ${child.pid}\n`);
  await expect.poll(isGuarded).toBe(true);
  await child.stop();
  await expect.poll(isGuarded).toBe(false);
});
