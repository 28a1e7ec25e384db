import { gzipSync } from "node:zlib";
import type { RandomBytes } from "@asterite/audio/media";
import { settled } from "@asterite/testkit";
import { describe, expect, it } from "vitest";
import {
  eventually,
  localDialler,
  numbered,
  openUrl,
  sendRange,
  serve,
  serveRaw,
} from "./bytes.test-support.ts";
import { Dialler } from "./dialler.ts";
import type { MediaLocation } from "./media-location.ts";
import { type OpenBytesOptions, openBytes } from "./open-bytes.ts";

const file = numbered(500_000);
const small = { blockBytes: 1_000, keptBlocks: 2 };

async function openRandom(url: string, options: Partial<OpenBytesOptions> = {}): Promise<RandomBytes> {
  const bytes = await openUrl(url, options);
  if (bytes.type !== "random") throw new Error(`${url} is ${bytes.type}`);
  return bytes;
}

/** Treats 127.0.0.1 as a public address. */
class FirstLoopback extends Dialler {
  override isAllowedAddress(address: string): boolean {
    return address === "127.0.0.1" || super.isAllowedAddress(address);
  }
}

describe("a server with range support", () => {
  it("receives one request for sequential reads, and another for a jump", async () => {
    await using server = await serve((request, response) =>
      sendRange(request, response, file, { headers: { "content-type": "Audio/MPEG; charset=x" } }),
    );
    const bytes = await openRandom(server.url, { limits: small });
    expect(bytes).toMatchObject({ size: file.length, contentType: "audio/mpeg" });
    for (let offset = 0; offset < 50_000; offset += 700) {
      expect(await bytes.read(offset, offset + 700)).toEqual(file.slice(offset, offset + 700));
    }
    expect(server.requests.length).toBe(1);
    expect(await bytes.read(400_000, 400_010)).toEqual(file.slice(400_000, 400_010));
    // A cached block causes no request, an evicted one does.
    expect(await bytes.read(400_010, 400_020)).toEqual(file.slice(400_010, 400_020));
    expect(server.requests.length).toBe(2);
    expect(await bytes.read(0, 10)).toEqual(file.slice(0, 10));
    expect(server.requests.map(({ headers }) => headers.range)).toEqual([
      "bytes=0-",
      "bytes=400000-",
      "bytes=0-",
    ]);
    bytes.close();
    await eventually(() => server.sockets.size).toBe(0);
  });

  it("receives a request for uncompressed bytes with the user agent of the node", async () => {
    await using server = await serve((request, response) => sendRange(request, response, file));
    const bytes = await openRandom(server.url);
    bytes.close();
    expect(server.requests[0]?.headers).toMatchObject({
      "accept-encoding": "identity",
      "user-agent": "Asterite",
      "icy-metadata": "1",
    });
  });

  it("is read no faster than the caller reads", async () => {
    const huge = 64 * 1024 * 1024;
    let sent = 0;
    await using server = await serve((_request, response) => {
      response.writeHead(206, { "content-range": `bytes 0-${huge - 1}/${huge}`, "content-length": huge });
      const piece = Buffer.alloc(64 * 1024);
      const write = (): void => {
        while (sent < huge) {
          sent += piece.length;
          if (!response.write(piece)) break;
        }
      };
      response.on("drain", write);
      write();
    });
    const bytes = await openRandom(server.url);
    await bytes.read(0, 10);
    // Wait until the buffers on both sides are full.
    await settled(() => sent);
    expect(sent).toBeLessThan(huge / 2);
    bytes.close();
  });

  it("may send shorter ranges than requested", async () => {
    await using server = await serve((request, response) =>
      sendRange(request, response, file, { maxBytes: 3_500 }),
    );
    const bytes = await openRandom(server.url, { limits: small });
    expect(await bytes.read(0, 20_000)).toEqual(file.slice(0, 20_000));
    bytes.close();
  });

  it("causes an error when it sends only single bytes", async () => {
    await using server = await serve((request, response) =>
      sendRange(request, response, file, { maxBytes: 1 }),
    );
    const bytes = await openRandom(server.url, { limits: { ...small, tries: 3 } });
    await expect(bytes.read(0, 500)).rejects.toMatchObject({ severity: "SUSPICIOUS" });
    expect(server.requests.length).toBeLessThan(10);
    bytes.close();
  });

  it("receives a request for the missing bytes after it cut a connection", async () => {
    await using server = await serve((request, response) =>
      sendRange(request, response, file, { cutAfter: 33_333 }),
    );
    const bytes = await openRandom(server.url);
    expect(await bytes.read(0, 200_000)).toEqual(file.slice(0, 200_000));
    expect(server.requests[1]?.headers).toMatchObject({ range: "bytes=33333-" });
    bytes.close();
  });

  it("is retried a limited number of times when it stalls", async () => {
    await using server = await serve((request, response) => {
      const start = Number(/=(\d+)/.exec(request.headers.range ?? "")?.[1]);
      response.writeHead(206, { "content-range": `bytes ${start}-499999/500000` });
      response.write(file.subarray(start, start + (start === 0 ? 1_000 : 0)));
    });
    const bytes = await openRandom(server.url, { limits: { ...small, stallMs: 300, tries: 3 } });
    expect(await bytes.read(0, 1_000)).toEqual(file.slice(0, 1_000));
    await expect(bytes.read(1_000, 1_100)).rejects.toThrow(/stopped sending/);
    expect(server.requests.length).toBe(3);
    bytes.close();
  });

  it("is retried when it fails temporarily", async () => {
    const statuses = [206, 503, 500, 429, 206];
    await using server = await serve((request, response) => {
      const status = statuses.shift() ?? 206;
      if (status === 206) sendRange(request, response, file, { cutAfter: 10_000 });
      else response.writeHead(status).end();
    });
    const bytes = await openRandom(server.url, { limits: small });
    expect(await bytes.read(0, 15_000)).toEqual(file.slice(0, 15_000));
    expect(statuses).toEqual([]);
    bytes.close();
  });

  it.each([
    ["entity tag", { etag: '"one"' }, { etag: '"two"' }],
    ["weak entity tag", { etag: 'W/"one"' }, { etag: 'W/"two"' }],
    [
      "date",
      { "last-modified": "Tue, 01 Jan 2030 00:00:00 GMT" },
      { "last-modified": "Wed, 02 Jan 2030 00:00:00 GMT" },
    ],
  ])("may send another %s with each response", async (_case, before, after) => {
    await using server = await serve((request, response) =>
      sendRange(request, response, file, { headers: server.requests.length === 1 ? before : after }),
    );
    const bytes = await openRandom(server.url, { limits: small });
    await bytes.read(0, 10);
    expect(await bytes.read(100_000, 100_010)).toEqual(file.slice(100_000, 100_010));
    bytes.close();
  });

  it("causes an error when the file changes between two requests, as its length shows", async () => {
    const headers = { "content-range": "bytes 100000-499998/499999", "content-length": "399999" };
    await using server = await serve((request, response) =>
      sendRange(request, response, file, server.requests.length === 1 ? {} : { headers }),
    );
    const bytes = await openRandom(server.url, { limits: small });
    await bytes.read(0, 10);
    await expect(bytes.read(100_000, 100_010)).rejects.toThrow(/changed/);
    bytes.close();
  });

  it.each([
    ["reads on in the whole file", file, file.slice(100_000, 100_010)],
    ["causes an error", file.slice(1), undefined],
  ])("%s when it stops to support ranges", async (_what, sent, expected) => {
    await using server = await serve((request, response) => {
      if (server.requests.length === 1) sendRange(request, response, file);
      else response.writeHead(200, { "content-length": sent.length }).end(sent);
    });
    const bytes = await openRandom(server.url, { limits: small });
    await bytes.read(0, 10);
    const reading = bytes.read(100_000, 100_010);
    if (expected) expect(await reading).toEqual(expected);
    else await expect(reading).rejects.toThrow(/changed/);
    bytes.close();
  });

  it("is requested without a range if it refuses every range", async () => {
    await using server = await serve((request, response) => {
      if (request.headers.range) response.writeHead(416).end();
      else response.writeHead(200, { "content-length": file.length }).end(file);
    });
    const bytes = await openRandom(server.url);
    expect(await bytes.read(300_000, 300_005)).toEqual(file.slice(300_000, 300_005));
    bytes.close();
  });

  it.each([
    ["another start", "bytes 99999-499999/500000"],
    ["another unit", "seconds 100000-499999/500000"],
    ["an end before the start", "bytes 100000-9/500000"],
    ["huge numbers", "bytes 100000-99999999999999999999/99999999999999999999"],
    ["no text", ""],
  ])("causes an error when its Content-Range has %s", async (_case, range) => {
    await using server = await serve((request, response) => {
      const isFirst = server.requests.length === 1;
      sendRange(request, response, file, { headers: isFirst ? {} : { "content-range": range } });
    });
    const bytes = await openRandom(server.url, { limits: small });
    await expect(bytes.read(100_000, 100_010)).rejects.toMatchObject({ severity: "SUSPICIOUS" });
    bytes.close();
  });

  it("may send the whole file first and ranges later", async () => {
    await using server = await serve((request, response) => {
      if (server.requests.length > 1) return sendRange(request, response, file);
      response.writeHead(200, { "accept-ranges": "bytes", "content-length": file.length }).end(file);
    });
    const bytes = await openRandom(server.url, { limits: small });
    expect(await bytes.read(0, 5_000)).toEqual(file.slice(0, 5_000));
    expect(server.requests.length).toBe(1);
    expect(await bytes.read(300_000, 300_005)).toEqual(file.slice(300_000, 300_005));
    bytes.close();
  });

  it("may have an empty file", async () => {
    await using server = await serve(
      (_request, response) => void response.writeHead(416, { "content-range": "bytes */0" }).end(),
    );
    expect((await openRandom(server.url)).size).toBe(0);
  });

  it("is requested at the new URL when the old one has expired", async () => {
    await using server = await serve((request, response) => {
      if (request.url === "/old" && server.requests.length > 1) response.writeHead(403).end();
      else sendRange(request, response, file, { cutAfter: 5_000 });
    });
    let relocations = 0;
    const relocate = (): Promise<MediaLocation> => {
      relocations += 1;
      return Promise.resolve({ type: "http", url: `${server.url}new`, headers: {} });
    };
    const bytes = await openRandom(`${server.url}old`, { relocate, limits: small });
    expect(await bytes.read(0, 8_000)).toEqual(file.slice(0, 8_000));
    expect(relocations).toBe(1);
    expect(server.requests.map(({ url }) => url)).toEqual(["/old", "/old", "/new"]);
    bytes.close();
  });

  it("is requested at its original URL when the target of a redirect has expired", async () => {
    let generation = 1;
    await using server = await serve((request, response) => {
      if (request.url === "/") response.writeHead(302, { location: `/signed-${generation}` }).end();
      else if (request.url !== `/signed-${generation}`) response.writeHead(410).end();
      else sendRange(request, response, file);
    });
    const bytes = await openRandom(server.url, { limits: small });
    await bytes.read(0, 10);
    generation = 2;
    expect(await bytes.read(200_000, 200_010)).toEqual(file.slice(200_000, 200_010));
    expect(server.requests.map(({ url }) => url)).toEqual(["/", "/signed-1", "/signed-1", "/", "/signed-2"]);
    bytes.close();
  });

  it("rejects a pending read on close", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(206, { "content-range": "bytes 0-499999/500000" });
      response.flushHeaders();
    });
    const bytes = await openRandom(server.url);
    const reading = bytes.read(0, 10);
    bytes.close();
    await expect(reading).rejects.toMatchObject({ name: "TrackError" });
    await eventually(() => server.sockets.size).toBe(0);
    expect(server.requests.length).toBe(1);
  });
});

describe("openBytes of an HTTP address", () => {
  it("follows redirects up to a limit", async () => {
    await using server = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) sendRange(request, response, file);
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    const bytes = await openRandom(`${server.url}5`);
    expect(await bytes.read(0, 3)).toEqual(file.slice(0, 3));
    bytes.close();
    await expect(openUrl(`${server.url}6`)).rejects.toMatchObject({
      message: /too many times/,
      severity: "COMMON",
    });
  });

  it.each(["file:///etc/passwd", "ftp://127.0.0.1/", "http://", "data:,x", ""])(
    "does not follow a redirect to %j",
    async (location) => {
      await using server = await serve(
        (_request, response) => void response.writeHead(301, { location }).end(),
      );
      await expect(openUrl(server.url)).rejects.toMatchObject({ name: "TrackError", severity: "COMMON" });
    },
  );

  it.each(["by its address", "by a name"])(
    "does not follow a redirect to a private network %s",
    async (how) => {
      await using hidden = await serve(
        (request, response) => sendRange(request, response, file),
        "127.0.0.2",
      );
      const host = how === "by a name" ? "hidden.example" : "127.0.0.2";
      await using open = await serve(
        (_request, response) =>
          void response.writeHead(302, { location: `http://${host}:${hidden.port}/` }).end(),
      );
      const resolve = (name: string) =>
        Promise.resolve([{ address: name === "open.example" ? "127.0.0.1" : "127.0.0.2", family: 4 }]);
      const url = `http://open.example:${open.port}/`;
      await expect(openUrl(url, { dialler: new FirstLoopback({ resolve }) })).rejects.toMatchObject({
        message: /not on the public internet/,
        severity: "COMMON",
      });
      expect(open.requests.length).toBe(1);
      expect(hidden.requests).toEqual([]);
      // The same URL works when private addresses are allowed.
      const bytes = await openRandom(url, { dialler: new Dialler({ resolve, allowPrivateAddresses: true }) });
      expect(hidden.requests.length).toBe(1);
      bytes.close();
    },
  );

  it("does not send credentials to other origins", async () => {
    await using other = await serve((request, response) => sendRange(request, response, file));
    await using server = await serve(
      (_request, response) => void response.writeHead(302, { location: other.url }).end(),
    );
    const bytes = await openBytes(
      {
        type: "http",
        url: server.url,
        headers: {
          Authorization: "secret",
          Cookie: "secret",
          "X-Kind": "audio",
          Range: "bytes=7-",
          Host: "evil",
        },
      },
      { dialler: localDialler },
    );
    bytes.close();
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: "secret",
      cookie: "secret",
      range: "bytes=0-",
    });
    expect(other.requests[0]?.headers).toMatchObject({ "x-kind": "audio" });
    expect(other.requests[0]?.headers).not.toHaveProperty("authorization");
    expect(other.requests[0]?.headers).not.toHaveProperty("cookie");
  });

  it("keeps the cookies of redirects", async () => {
    await using server = await serve((request, response) => {
      const { cookie } = request.headers;
      if (cookie?.includes("seen=1") && cookie.includes("kind=b")) sendRange(request, response, file);
      else response.writeHead(302, { location: "/", "set-cookie": ["seen=1; Path=/", "kind=b"] }).end();
    });
    const bytes = await openRandom(server.url, { limits: small });
    expect(await bytes.read(300_000, 300_005)).toEqual(file.slice(300_000, 300_005));
    expect(server.requests.length).toBe(3);
    bytes.close();
  });

  it.each([429, 503])("is repeated once with status %i", async (status) => {
    await using server = await serve((request, response) => {
      if (server.requests.length === 1) response.writeHead(status).end();
      else sendRange(request, response, file);
    });
    const bytes = await openRandom(server.url, { limits: { backOffMs: 1 } });
    expect(bytes.size).toBe(file.length);
    bytes.close();
    await using busy = await serve((_request, response) => void response.writeHead(status).end());
    await expect(openUrl(busy.url, { limits: { backOffMs: 1 } })).rejects.toMatchObject({ status });
    expect(busy.requests.length).toBe(2);
  });

  it.each([404, 400, 403, 500, 418])("fails at once with status %i", async (status) => {
    await using server = await serve((_request, response) => void response.writeHead(status).end());
    await expect(openUrl(server.url)).rejects.toMatchObject({ status, severity: "COMMON" });
    expect(server.requests.length).toBe(1);
  });

  it("fails with severity SUSPICIOUS when the connection is refused", async () => {
    const server = await serve(() => {});
    await server[Symbol.asyncDispose]();
    await expect(openUrl(server.url)).rejects.toMatchObject({ message: /refused/, severity: "SUSPICIOUS" });
  });

  it("fails when the server does not respond", async () => {
    await using server = await serveRaw(() => {});
    await expect(openUrl(server.url, { limits: { firstByteMs: 20 } })).rejects.toMatchObject({
      message: /did not answer in time/,
      severity: "SUSPICIOUS",
    });
    await eventually(() => server.sockets.size).toBe(0);
  });

  it("fails when the headers do not end", async () => {
    await using server = await serveRaw((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const write = (): void => {
        while (socket.writable && socket.write(`x-more: ${"y".repeat(1_000)}\r\n`));
      };
      socket.on("drain", write);
      write();
    });
    await expect(openUrl(server.url)).rejects.toMatchObject({ message: /too many headers/ });
    await eventually(() => server.sockets.size).toBe(0);
  });

  it("fails when the response is not HTTP", async () => {
    await using server = await serveRaw((socket) => void socket.end("SSH-2.0-OpenSSH\r\n"));
    await expect(openUrl(server.url)).rejects.toMatchObject({ message: /not HTTP/, severity: "SUSPICIOUS" });
  });

  it("fails when the server sends only informational responses", async () => {
    await using server = await serveRaw((socket) => {
      const timer = setInterval(() => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"), 1);
      socket.on("close", () => clearInterval(timer));
    });
    await expect(openUrl(server.url, { limits: { firstByteMs: 50 } })).rejects.toThrow(/in time/);
  });

  it("rejects a compressed response", async () => {
    await using server = await serve(
      (_request, response) =>
        void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(file)),
    );
    await expect(openUrl(server.url)).rejects.toMatchObject({ message: /compress/, severity: "COMMON" });
    await eventually(() => server.sockets.size).toBe(0);
  });

  it("rejects with the reason of its signal", async () => {
    await using server = await serveRaw(() => controller.abort(new Error("enough")));
    const controller = new AbortController();
    await expect(openUrl(server.url, { signal: controller.signal })).rejects.toThrow("enough");
    await eventually(() => server.sockets.size).toBe(0);
    await expect(openUrl(server.url, { signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow(
      "before",
    );
  });

  it("can be cancelled while a small file is still arriving", async () => {
    const controller = new AbortController();
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-length": 1_000 });
      response.write("some");
      controller.abort(new Error("enough"));
    });
    await expect(openUrl(server.url, { signal: controller.signal })).rejects.toThrow("enough");
    await eventually(() => server.sockets.size).toBe(0);
  });
});
