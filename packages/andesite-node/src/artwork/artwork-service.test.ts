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

/** Starts a service on a port, and records the files that it reads. */
async function start(read: Read, maxAtOnce = 4) {
  const reads: string[] = [];
  const errors: string[] = [];
  const logger: Logger = { ...silentLogger, error: (_fields, message) => void errors.push(message) };
  const recordingRead: Read = (file, signal) => {
    reads.push(file);
    return read(file, signal);
  };
  const service = new ArtworkService(recordingRead, { maxBytes: 10_000_000, maxAtOnce }, logger);
  let requestCount = 0;
  const server = createServer((incoming, response) => {
    service.handleRequest(incoming, response, incoming.url ?? "");
    requestCount += 1;
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
  /** Sends a request without reading the response. */
  const open = (file: string) => {
    const outgoing = request({ host: "127.0.0.1", port, path: service.createPath(file), agent: false });
    outgoing.on("error", () => {});
    outgoing.end();
    return outgoing;
  };
  /** Waits until a number of requests have arrived. */
  const waitForRequests = (count: number) => expect.poll(() => requestCount).toBe(count);
  return { port, reads, errors, get, open, waitForRequests, requestCount: () => requestCount };
}

describe("a picture response", () => {
  it("has its media type, a cache lifetime, and a policy that blocks scripts", async () => {
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

  it("has no body for HEAD and for conditional requests with a matching ETag", async () => {
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

  it("shares one read among concurrent requests", async () => {
    const gate = Promise.withResolvers<Picture>();
    const { get, reads, waitForRequests } = await start(() => gate.promise);
    const requests = Array.from({ length: 20 }, () => get("/a"));
    await waitForRequests(20);
    gate.resolve(picture);
    for (const response of await Promise.all(requests)) {
      expect((await response.arrayBuffer()).byteLength).toBe(1_000);
    }
    expect(reads).toEqual(["/a"]);
    await get("/a");
    expect(reads).toEqual(["/a", "/a"]);
  });
});

describe("an error response", () => {
  it.each([
    ["file without a picture", () => Promise.resolve(null), 404, "The track has no artwork"],
    [
      "node that shuts down",
      () => Promise.reject(new TrackError("The node is shutting down.", "COMMON")),
      503,
      "The node is shutting down.",
    ],
    [
      "unexpected error",
      () => Promise.reject(new TypeError("a secret path")),
      500,
      "The artwork could not be read",
    ],
  ] as const)("has the format of all errors: %s", async (_, read, status, message) => {
    const { get, errors } = await start(read);
    const response = await get("/a");
    expect([response.status, await response.json()]).toEqual([status, { code: status, message }]);
    expect(errors).toHaveLength(status === 500 ? 1 : 0);
  });

  it("rejects links that this node did not create, without reading a file", async () => {
    const { port, reads } = await start(() => Promise.resolve(picture));
    for (const path of ["/artwork/", "/artwork/x", "/artwork/..%2f..%2fetc%2fpasswd", "/artwork/a/b"]) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      expect(response.status).toBe(403);
      expect(await response.json()).toEqual({ code: 403, message: "The link is invalid or has expired" });
    }
    expect(reads).toEqual([]);
  });
});

describe("limits", () => {
  it("queues a picture while a slow client holds the slot, and reads it when that client disconnects", async () => {
    const large = { ...picture, data: new Uint8Array(30_000_000) };
    const { get, open, reads, waitForRequests } = await start(
      (file) => Promise.resolve(file === "/slow" ? large : picture),
      1,
    );
    const slow = open("/slow");
    const [answer] = (await once(slow, "response")) as [IncomingMessage];
    answer.pause();
    const waiting = get("/b");
    const other = open("/c");
    await waitForRequests(3);
    expect(reads).toEqual(["/slow"]);
    other.destroy();
    slow.destroy();
    expect((await waiting).status).toBe(200);
    // The request that was aborted while queued is not served.
    expect(reads).toEqual(["/slow", "/b"]);
  });

  it("times out when the read hangs", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { get, requestCount } = await start(() => new Promise(() => {}));
    const answer = get("/a");
    // `expect.poll` would wait for the fake clock.
    while (requestCount() < 1) await new Promise(setImmediate);
    vi.advanceTimersByTime(30_000);
    const response = await answer;
    expect([response.status, await response.json()]).toEqual([
      503,
      { code: 503, message: "Reading the artwork timed out." },
    ]);
  });

  it("aborts the read when the last request ends", async () => {
    const aborted = Promise.withResolvers<void>();
    const { open, waitForRequests } = await start(
      (_file, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            aborted.resolve();
            reject(signal.reason);
          });
        }),
    );
    const [one, two] = [open("/a"), open("/a")];
    await waitForRequests(2);
    one.destroy();
    two.destroy();
    await aborted.promise;
  });
});
