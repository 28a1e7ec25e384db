import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TrackError } from "@asterite/audio/media";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localDialler, numbered } from "./bytes.test-support.ts";
import { openBytes } from "./open-bytes.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterite-bytes-"));
});
afterAll(() => rm(folder, { recursive: true }));

const openFile = async (path: string, limits = {}) => {
  const bytes = await openBytes({ type: "file", path }, { dialler: localDialler, limits });
  if (bytes.type !== "random") throw new Error("expected random access");
  return bytes;
};

describe("openBytes of a file", () => {
  it("reads any range, shortened at the end of the file", async () => {
    const path = join(folder, "file");
    const content = numbered(200_000);
    await writeFile(path, content);
    const bytes = await openFile(path, { blockBytes: 1000, keptBlocks: 2 });
    expect(bytes.size).toBe(200_000);
    for (const [start, end] of [
      [0, 10],
      [999, 1001],
      [150_000, 199_999],
      [5, 5],
      [199_990, 300_000],
      [300_000, 400_000],
      [0, 200_000],
    ] as const) {
      expect(await bytes.read(start, end)).toEqual(content.slice(start, end));
    }
    bytes.close();
    bytes.close();
    await expect(bytes.read(0, 10)).rejects.toBeInstanceOf(TrackError);
  });

  it("returns arrays that the caller may keep and change", async () => {
    const path = join(folder, "kept");
    await writeFile(path, numbered(100));
    const bytes = await openFile(path);
    (await bytes.read(0, 100)).fill(0);
    expect(await bytes.read(0, 100)).toEqual(numbered(100));
    bytes.close();
  });

  it("fails when the file becomes shorter", async () => {
    const path = join(folder, "shrinking");
    await writeFile(path, numbered(10_000));
    const bytes = await openFile(path, { blockBytes: 1000 });
    await bytes.read(0, 10);
    await truncate(path, 5_000);
    await expect(bytes.read(9_000, 9_100)).rejects.toThrow(/shorter/);
    bytes.close();
  });

  it("follows a file that grows, and waits for a while for more", async () => {
    const path = join(folder, "growing");
    await writeFile(path, numbered(1_000));
    const bytes = await openFile(path, { growthMs: 60_000 });
    // A file that has not grown may be complete.
    await bytes.awaitSize?.(1_001);
    expect(bytes.size).toBe(1_000);
    await writeFile(path, numbered(1_500));
    await bytes.awaitSize?.(1_200);
    expect(bytes.size).toBe(1_500);
    const waiting = bytes.awaitSize?.(1_600);
    await writeFile(path, numbered(2_000));
    await waiting;
    expect(await bytes.read(900, 3_000)).toEqual(numbered(2_000).slice(900));
    const closed = bytes.awaitSize?.(5_000);
    bytes.close();
    await closed;
  });

  it("ends with a file that no longer grows", async () => {
    const path = join(folder, "grown");
    await writeFile(path, numbered(1_000));
    const bytes = await openFile(path, { growthMs: 1 });
    await writeFile(path, numbered(1_500));
    await bytes.awaitSize?.(2_000);
    expect(bytes.size).toBe(1_500);
    await writeFile(path, numbered(2_000));
    await bytes.awaitSize?.(2_000);
    expect(bytes.size).toBe(1_500);
    bytes.close();
  });

  it("limits the size of a single read", async () => {
    const path = join(folder, "greedy");
    await writeFile(path, numbered(2_000));
    const bytes = await openFile(path, { readBytes: 1_000 });
    await expect(bytes.read(0, 1_001)).rejects.toMatchObject({ name: "TrackError", severity: "COMMON" });
    expect((await bytes.read(0, 1_000)).length).toBe(1_000);
    bytes.close();
  });

  it.each([
    ["a missing file", (path: string) => Promise.resolve(path)],
    [
      "a symbolic link",
      async (path: string) => {
        await symlink("/etc/hostname", path);
        return path;
      },
    ],
    ["a folder", () => Promise.resolve(folder)],
    [
      "a pipe",
      (path: string) => {
        execFileSync("sh", ["-c", 'mkfifo "$0"', path]);
        return Promise.resolve(path);
      },
    ],
    ["a device", () => Promise.resolve("/dev/zero")],
  ])("does not open %s", async (name, make) => {
    await expect(openFile(await make(join(folder, name)))).rejects.toMatchObject({
      name: "TrackError",
      severity: "COMMON",
    });
  });
});
