import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { maxTimerMs, silentLogger } from "@asterite/util";
import { expect, it, onTestFinished, vi } from "vitest";
import { Query } from "../api/http/query.ts";
import { openLoader, silentWav, temporaryFolder } from "../loading/loading.test-support.ts";
import { LibraryService } from "./library-service.ts";

/** Starts a service for a folder with playlists of three tracks each, and records what it loads. */
async function start(playlists: readonly string[]) {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const write = (name: string, content: string | Uint8Array) => writeFile(join(folder.path, name), content);
  for (const name of ["a.wav", "b.wav", "c.wav"]) await write(name, silentWav(0.1));
  for (const name of playlists) await write(name, "a.wav\nb.wav\nc.wav\n");
  const limits = { libraryWaitMs: maxTimerMs };
  const loader = openLoader({ sources: { local: true }, musicFolders: [folder.path], limits });
  onTestFinished(() => loader.close());
  // Searches wait for the first scan.
  await loader.load("search:a");
  const loads: string[] = [];
  const service = new LibraryService({
    loader: {
      catalog: loader.catalog,
      load: (identifier, signal) => {
        loads.push(identifier.slice(`raw:${folder.path}/`.length));
        return loader.load(identifier, signal);
      },
    },
    artworkPath: (path) => path,
    lifetimes: { ttlSeconds: 3_600, maxTtlSeconds: 3_600 },
    logger: silentLogger,
  });
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? "/", "http://node");
    service.handleRequest(request, response, pathname, new Query(search.slice(1)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const link = service.createLink("1", "2", undefined)?.url ?? "";
  const { port } = server.address() as AddressInfo;
  const read = async (query: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${link}?${query}`);
    return (await response.json()) as {
      readonly total: number;
      readonly items: readonly { readonly key: string; readonly name: string }[];
    };
  };
  const keys = (await read("kind=playlist&limit=200")).items.map(({ key }) => key);
  /** Returns the names on a page of one entry of a playlist. */
  const page = async (playlist: number, offset: number) => {
    const { items, total } = await read(`in=${keys[playlist]}&limit=1&offset=${offset}`);
    return [total, ...items.map(({ name }) => name)];
  };
  return { write, loads, page };
}

it("reads a playlist once for all of its pages, and again after a minute", async () => {
  // From the start, because no clock of the service may go backwards.
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const { write, loads, page } = await start(["list.m3u"]);
  expect([await page(0, 0), await page(0, 1), await page(0, 2)]).toEqual([
    [3, "a"],
    [3, "b"],
    [3, "c"],
  ]);
  await write("list.m3u", "c.wav\n");
  vi.advanceTimersByTime(59_000);
  expect([await page(0, 0), loads]).toEqual([[3, "a"], ["list.m3u"]]);
  vi.advanceTimersByTime(2_000);
  expect([await page(0, 0), loads]).toEqual([
    [1, "c"],
    ["list.m3u", "list.m3u"],
  ]);
});

it("keeps the entries of the last twenty playlists", async () => {
  const names = Array.from({ length: 21 }, (_, number) => `${number}.m3u`);
  const { loads, page } = await start(names);
  for (const number of names.keys()) await page(number, 0);
  expect(loads).toEqual(names);
  await page(20, 1);
  await page(1, 1);
  expect(loads).toEqual(names);
  await page(0, 1);
  expect(loads).toEqual([...names, "0.m3u"]);
});

it("tries a playlist again that could not be loaded", async () => {
  const { write, loads, page } = await start(["list.m3u"]);
  await write("list.m3u", "missing.wav\n");
  expect(await page(0, 0)).toEqual([0]);
  await write("list.m3u", "b.wav\n");
  expect([await page(0, 0), loads.length]).toEqual([[1, "b"], 2]);
});
