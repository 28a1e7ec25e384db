import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "@asterite/util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultLoadingLimits, type LoadingLimits } from "../limits.ts";
import { temporaryFolder } from "../loading.test-support.ts";
import { Prober } from "./prober.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  for (const word of ["fine", "hang", "explode", "fail", "wait"])
    await writeFile(join(folder.path, word), word);
});
afterAll(() => folder[Symbol.asyncDispose]());

const open = (limits: Partial<LoadingLimits> = {}) => {
  const all = { ...defaultLoadingLimits, probeGraceMs: 50, ...limits };
  const warnings: string[] = [];
  const prober = new Prober({
    settings: { bytes: { allowPrivateAddresses: false, userAgent: "test", limits: {} }, limits: all },
    limits: all,
    worker: new URL("./probe.test-support.ts", import.meta.url),
    logger: { ...silentLogger, warn: (_fields, message) => void warnings.push(message) },
  });
  const look = (word: string, signal = new AbortController().signal) =>
    prober.probe({ type: "file", path: join(folder.path, word) }, signal);
  const artwork = (word: string, signal = new AbortController().signal) =>
    prober.readArtwork({ type: "file", path: join(folder.path, word) }, signal);
  return { look, artwork, warnings, [Symbol.asyncDispose]: () => prober.close() };
};

describe("the thread that looks into tracks", () => {
  it("is ended when a file keeps it busy, and others are looked into again", async () => {
    await using prober = open();
    expect(await prober.look("fine")).toMatchObject({ type: "media" });
    const controller = new AbortController();
    const hanging = prober.look("hang", controller.signal);
    const other = prober.look("fine");
    controller.abort(new Error("took too long"));
    await expect(hanging).rejects.toThrow("took too long");
    expect(await other).toMatchObject({ type: "media" });
    expect(await prober.look("fine")).toMatchObject({ type: "media" });
  });

  it("is ended when a file makes it run out of memory, which fails and harms nobody else", async () => {
    await using prober = open({ probeMemoryMb: 32 });
    await expect(prober.look("explode")).rejects.toMatchObject({
      name: "TrackError",
      severity: "SUSPICIOUS",
    });
    expect(await prober.look("fine")).toMatchObject({ type: "media" });
  });

  it("goes on when a file only fails or waits", async () => {
    await using prober = open({ probeGraceMs: 60_000 });
    const before = await prober.look("fine");
    const controller = new AbortController();
    const waiting = prober.look("wait", controller.signal);
    await expect(prober.look("fail")).rejects.toMatchObject({
      message: "The file could not be read.",
      severity: "FAULT",
    });
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    // It is the same thread.
    expect(await prober.look("fine")).toEqual(before);
  });

  it("reads pictures too, within what they may have, and is ended by one that keeps it busy", async () => {
    await using prober = open({ artworkBytes: 5 });
    expect(await prober.artwork("fine")).toEqual({ mimeType: "wav", data: new Uint8Array(5) });
    const controller = new AbortController();
    const hanging = prober.artwork("hang", controller.signal);
    controller.abort(new Error("took too long"));
    await expect(hanging).rejects.toThrow("took too long");
    expect(await prober.artwork("fine")).toMatchObject({ mimeType: "wav" });
  });

  it("ends when there is nothing to do, and is started again", async () => {
    await using prober = open({ probeIdleMs: 1 });
    for (let round = 0; round < 3; round += 1) {
      expect(await prober.look("fine")).toMatchObject({ type: "media" });
    }
  });

  it("tells those who wait when the node shuts down", async () => {
    const prober = open();
    const waiting = prober.look("wait");
    const failed = expect(waiting).rejects.toMatchObject({ message: /shutting down/ });
    await prober[Symbol.asyncDispose]();
    await failed;
    await expect(prober.look("fine")).rejects.toMatchObject({ message: /shutting down/ });
    await expect(prober.look("fine", AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
  });
});
