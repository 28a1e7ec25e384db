import { expect, it, onTestFinished, vi } from "vitest";
import { LibraryError } from "./library-api.ts";
import { LibraryList } from "./library-list.ts";

const total = 240;

/** Starts a library of numbered tracks. It refuses links and pages as long as they are in a set. */
function startLibrary() {
  const requests: string[] = [];
  const refusedLinks = new Set<string>();
  const refusedOffsets = new Set<number>();
  vi.stubGlobal("fetch", ({ pathname, searchParams }: URL) => {
    const [offset, limit] = [Number(searchParams.get("offset")), Number(searchParams.get("limit"))];
    requests.push(`${pathname} ${offset}`);
    const status = refusedLinks.has(pathname) ? 403 : refusedOffsets.has(offset) ? 500 : 200;
    const items = Array.from({ length: Math.min(limit, total - offset) }, (_, index) => ({
      kind: "track",
      name: `track ${offset + index}`,
      artist: null,
      album: null,
      lengthMs: null,
      disc: null,
      number: null,
    }));
    return Promise.resolve(Response.json(status === 200 ? { total, items } : {}, { status }));
  });
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  const state = { link: "/first" };
  const openList = () => {
    const list = new LibraryList(() => `http://library${state.link}`, { in: "group" });
    onTestFinished(() => list.close());
    return list;
  };
  return { openList, requests, refusedLinks, refusedOffsets, state };
}

it("loads all pages again that failed, and only those", async () => {
  const { openList, requests, refusedOffsets } = startLibrary();
  const list = openList();
  await expect.poll(() => list.at(59)?.name).toBe("track 59");
  refusedOffsets.add(60).add(180);
  let answers = 0;
  list.signal.subscribe(() => answers++);
  list.show(0, total);
  await expect.poll(() => answers).toBe(3);
  expect(list.at(179)?.name).toBe("track 179");
  expect(list.error).toBeInstanceOf(LibraryError);

  refusedOffsets.clear();
  requests.length = 0;
  list.retry();
  await expect.poll(() => list.at(60)?.name).toBe("track 60");
  await expect.poll(() => list.at(239)?.name).toBe("track 239");
  expect(requests.sort()).toEqual(["/first 180", "/first 60"]);
  expect(list.error).toBeUndefined();
});

it("reports an error as long as one page failed, although another was loaded after it", async () => {
  const { openList, refusedOffsets } = startLibrary();
  const list = openList();
  await expect.poll(() => list.total).toBe(total);
  refusedOffsets.add(60);
  list.show(60, 61);
  await expect.poll(() => list.error).toBeInstanceOf(LibraryError);
  list.show(120, 121);
  await expect.poll(() => list.at(120)?.name).toBe("track 120");
  expect(list.error).toBeInstanceOf(LibraryError);
});

it("loads the first page again with the link that replaced an expired one", async () => {
  const { openList, refusedLinks, state } = startLibrary();
  refusedLinks.add("/first");
  const list = openList();
  await expect.poll(() => list.error).toMatchObject({ isExpired: true });
  state.link = "/second";
  list.retry();
  expect(list.error).toBeUndefined();
  await expect.poll(() => list.at(0)?.name).toBe("track 0");
});
