import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Queue, type QueueSnapshot } from "@asterite/queue";
import { silentLogger } from "@asterite/util";
import { expect, it, onTestFinished } from "vitest";
import { SnapshotStore } from "./snapshot-store.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";

const createFolder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), "asterite-dj-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
};

const snapshot = (positionMs = 0): QueueSnapshot => {
  const { current, upcoming, history, loop } = new Queue();
  return {
    v: 1,
    current,
    upcoming,
    history,
    loop,
    positionMs,
    savedAtMs: 0,
    preloadedId: null,
    paused: false,
    volume: 1,
    filters: {},
  };
};

it("loads saved snapshots by channel", async () => {
  const path = join(await createFolder(), "not", "there");
  const store = await SnapshotStore.open(path, silentLogger);
  await store.save(5, snapshot(1));
  await store.save(5, snapshot(2));
  await store.save(-7, snapshot(3));
  const loaded = await (await SnapshotStore.open(path, silentLogger)).load();
  expect([...loaded].map(([uuid, { positionMs }]) => [uuid, positionMs]).sort()).toEqual([
    [-7, 3],
    [5, 2],
  ]);
  await store.remove(5);
  await store.remove(5);
  expect(await readdir(path)).toEqual(["room--7.json"]);
});

it("renames unreadable snapshots, and leaves other files alone", async () => {
  const path = await createFolder();
  const store = await SnapshotStore.open(path, silentLogger);
  await store.save(1, snapshot());
  await writeFile(join(path, "room-2.json"), "{");
  await writeFile(join(path, "room-3.json"), '{"v":2}');
  await writeFile(join(path, "room-4.json.tmp"), "half");
  await writeFile(join(path, "other.json"), "{");
  expect([...(await store.load()).keys()]).toEqual([1]);
  expect((await readdir(path)).sort()).toEqual([
    "other.json",
    "room-1.json",
    "room-2.json.unreadable",
    "room-3.json.unreadable",
    "room-4.json.tmp",
  ]);
});

it("writes files atomically", async () => {
  const path = await createFolder();
  const store = await SnapshotStore.open(path, silentLogger);
  await store.save(1, snapshot());
  const title = "x".repeat(100_000);
  const big = { ...snapshot(), filters: { timescale: { title } } };
  let isWriting = true;
  const reading = (async () => {
    let reads = 0;
    for (; isWriting; reads++) JSON.parse(await readFile(join(path, "room-1.json"), "utf8"));
    return reads;
  })();
  for (let round = 0; round < 20; round++) await store.save(1, round % 2 === 0 ? big : snapshot());
  isWriting = false;
  expect(await reading).toBeGreaterThan(0);
});

it("writes the latest snapshot on close, and nothing afterwards", async () => {
  const path = await createFolder();
  const store = await SnapshotStore.open(path, silentLogger);
  let positionMs = 0;
  const player = { toSnapshot: () => snapshot(positionMs) };
  const writer = new SnapshotWriter(store, 1, player, silentLogger);
  for (positionMs = 1; positionMs < 50; positionMs++) writer.schedule();
  await writer.close();
  writer.schedule();
  expect((await store.load()).get(1)?.positionMs).toBe(50);
  await writer.remove();
  expect(await readdir(path)).toEqual([]);
});
