import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { TrackError } from "@asterite/audio/media";
import { type Logger, silentLogger } from "@asterite/util";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Picture } from "../loading/pictures/picture.ts";
import { ArtworkService } from "./artwork-service.ts";

type Read = (file: string, signal: AbortSignal) => Promise<Picture | null>;

const picture: Picture = {
  type: "image/webp",
  data: Uint8Array.from({ length: 1_000 }, (_, at) => at % 251),
};

let cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of cleanUp) await close();
  cleanUp = [];
});

/** A service behind a port, and what it was asked to read. */
async function start(read: Read, maxAtOnce = 4) {
  const reads: string[] = [];
  const errors: string[] = [];
  const logger: Logger = { ...silentLogger, error: (_fields, message) => void errors.push(message) };
  const reading: Read = (file, signal) => {
    reads.push(file);
    return read(file, signal);
  };
  const service = new ArtworkService(reading, { maxBytes: 10_000_000, maxAtOnce }, logger);
  let visits = 0;
  const server = createServer((incoming, response) => {
    service.handleRequest(incoming, response, incoming.url ?? "");
    visits += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUp.push(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const { port } = server.address() as AddressInfo;
  const get = (file: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${service.createPath(file)}`, init);
  /** Asks, and reads nothing of the answer. */
  const open = (file: string) => {
    const asked = request({ host: "127.0.0.1", port, path: service.createPath(file), agent: false });
    asked.on("error", () => {});
    asked.end();
    return asked;
  };
  /** Waits until so many have asked. */
  const visited = (count: number) => expect.poll(() => visits).toBe(count);
  return { port, reads, errors, get, open, visited, visits: () => visits };
}

describe("a picture", () => {
  it("is sent as what it is, to be kept for a while, and can do nothing", async () => {
    const { get } = await start(() => Promise.resolve(picture));
    const response = await get("/a");
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/webp",
      "content-length": "1000",
      "cache-control": "private, max-age=3600",
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
      etag: expect.stringMatching(/^"[\w-]{22}"$/),
    });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(picture.data);
  });

  it("is not sent to those who have it, nor to those who only ask about it", async () => {
    const { get } = await start(() => Promise.resolve(picture));
    const head = await get("/a", { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "1000", ""]);
    const etag = head.headers.get("etag") ?? "";
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const response = await get("/a", { headers: { "If-None-Match": known } });
      expect([response.status, response.headers.get("etag"), await response.text()]).toEqual([304, etag, ""]);
    }
    expect((await get("/a", { headers: { "If-None-Match": '"other"' } })).status).toBe(200);
  });

  it("is read once for all who want it at the same time", async () => {
    const gate = Promise.withResolvers<Picture>();
    const { get, reads, visited } = await start(() => gate.promise);
    const answers = Array.from({ length: 20 }, () => get("/a"));
    await visited(20);
    gate.resolve(picture);
    for (const answer of await Promise.all(answers)) {
      expect((await answer.arrayBuffer()).byteLength).toBe(1_000);
    }
    expect(reads).toEqual(["/a"]);
    await get("/a");
    expect(reads).toEqual(["/a", "/a"]);
  });
});

describe("what cannot be shown", () => {
  it.each([
    ["no picture", () => Promise.resolve(null), 404, "There is no picture"],
    [
      "a node that ends",
      () => Promise.reject(new TrackError("The node is shutting down.", "COMMON")),
      503,
      "The node is shutting down.",
    ],
    ["a defect", () => Promise.reject(new TypeError("a secret path")), 500, "The picture could not be read"],
  ] as const)("%s is an error in the form of all others", async (_, read, status, message) => {
    const { get, errors } = await start(read);
    const response = await get("/a");
    expect([response.status, await response.json()]).toEqual([status, { code: status, message }]);
    expect(errors).toHaveLength(status === 500 ? 1 : 0);
  });

  it("is not looked for at an address that was not made here", async () => {
    const { port, reads } = await start(() => Promise.resolve(picture));
    for (const path of ["/artwork/", "/artwork/x", "/artwork/..%2f..%2fetc%2fpasswd", "/artwork/a/b"]) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      expect(response.status).toBe(403);
      expect(await response.json()).toEqual({ code: 403, message: "The address is wrong or too old" });
    }
    expect(reads).toEqual([]);
  });
});

describe("what it costs", () => {
  it("is bounded: a picture waits for one that nobody takes, and has its turn when that one is given up", async () => {
    const large = { ...picture, data: new Uint8Array(30_000_000) };
    const { get, open, reads, visited } = await start(
      (file) => Promise.resolve(file === "/slow" ? large : picture),
      1,
    );
    const slow = open("/slow");
    const [answer] = (await once(slow, "response")) as [IncomingMessage];
    answer.pause();
    const waiting = get("/b");
    const other = open("/c");
    await visited(3);
    expect(reads).toEqual(["/slow"]);
    other.destroy();
    slow.destroy();
    expect((await waiting).status).toBe(200);
    // Who has gone is not served any more.
    expect(reads).toEqual(["/slow", "/b"]);
  });

  it("ends after a time, whatever the file does", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { get, visits } = await start(() => new Promise(() => {}));
    const answer = get("/a");
    // What polls would wait for the clock.
    while (visits() < 1) await new Promise(setImmediate);
    vi.advanceTimersByTime(30_000);
    const response = await answer;
    expect([response.status, await response.json()]).toEqual([
      503,
      { code: 503, message: "Reading the picture took too long." },
    ]);
  });

  it("ends with the last one who waits", async () => {
    const given = Promise.withResolvers<string>();
    const { open, visited } = await start(
      (_file, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            given.resolve("given up");
            reject(signal.reason);
          });
        }),
    );
    const [one, two] = [open("/a"), open("/a")];
    await visited(2);
    one.destroy();
    two.destroy();
    expect(await given.promise).toBe("given up");
  });
});
