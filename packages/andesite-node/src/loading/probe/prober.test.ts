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
  const probe = (word: string, signal = new AbortController().signal) =>
    prober.probe({ type: "file", path: join(folder.path, word) }, signal);
  const artwork = (word: string, signal = new AbortController().signal) =>
    prober.readArtwork({ type: "file", path: join(folder.path, word) }, signal);
  return { probe, artwork, warnings, [Symbol.asyncDispose]: () => prober.close() };
};

describe("Prober", () => {
  it("terminates a thread that is stuck in a file, and retries the other jobs", async () => {
    await using prober = open();
    expect(await prober.probe("fine")).toMatchObject({ type: "media" });
    const controller = new AbortController();
    const hanging = prober.probe("hang", controller.signal);
    const other = prober.probe("fine");
    controller.abort(new Error("took too long"));
    await expect(hanging).rejects.toThrow("took too long");
    expect(await other).toMatchObject({ type: "media" });
    expect(await prober.probe("fine")).toMatchObject({ type: "media" });
  });

  it("survives a file that exhausts the memory of the thread", async () => {
    await using prober = open({ probeMemoryMb: 32 });
    await expect(prober.probe("explode")).rejects.toMatchObject({
      name: "TrackError",
      severity: "SUSPICIOUS",
    });
    expect(await prober.probe("fine")).toMatchObject({ type: "media" });
  });

  it("keeps the thread when a job only fails or waits", async () => {
    await using prober = open({ probeGraceMs: 60_000 });
    const before = await prober.probe("fine");
    const controller = new AbortController();
    const waiting = prober.probe("wait", controller.signal);
    await expect(prober.probe("fail")).rejects.toMatchObject({
      message: "The file could not be read.",
      severity: "FAULT",
    });
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    // The same thread has responded.
    expect(await prober.probe("fine")).toEqual(before);
  });

  it("reads pictures up to their limit, and terminates a thread that is stuck in one", async () => {
    await using prober = open({ artworkBytes: 5 });
    expect(await prober.artwork("fine")).toEqual({ mimeType: "wav", data: new Uint8Array(5) });
    const controller = new AbortController();
    const hanging = prober.artwork("hang", controller.signal);
    controller.abort(new Error("took too long"));
    await expect(hanging).rejects.toThrow("took too long");
    expect(await prober.artwork("fine")).toMatchObject({ mimeType: "wav" });
  });

  it("stops the idle thread, and starts a new one on demand", async () => {
    await using prober = open({ probeIdleMs: 1 });
    for (let round = 0; round < 3; round += 1) {
      expect(await prober.probe("fine")).toMatchObject({ type: "media" });
    }
  });

  it("rejects waiting jobs on close", async () => {
    const prober = open();
    const waiting = prober.probe("wait");
    const failed = expect(waiting).rejects.toMatchObject({ message: /shutting down/ });
    await prober[Symbol.asyncDispose]();
    await failed;
    await expect(prober.probe("fine")).rejects.toMatchObject({ message: /shutting down/ });
    await expect(prober.probe("fine", AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
  });
});
