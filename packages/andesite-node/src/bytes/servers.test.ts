// Servers that break the rules of HTTP ranges, each loaded, played whole and sought.

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { openMedia } from "@asterite/audio/media";
import { describe, expect, it } from "vitest";
import { decodeAll, mediaFile } from "../../../audio/src/media/media.test-support.ts";
import { firstOf, openLoader } from "../loading/loading.test-support.ts";
import { openUrl, sendRange, serve, serveRaw } from "./bytes.test-support.ts";

const file = Buffer.from(mediaFile("tones.mp3"));
const rangeOf = ({ headers }: IncomingMessage): number =>
  Number(/=(\d+)/.exec(headers.range ?? "")?.[1] ?? 0);
const sendWhole = (response: ServerResponse, headers = {}): void =>
  void response.writeHead(200, { "content-length": file.length, ...headers }).end(file);

/** Loads an address, plays it whole, seeks to 2 s and plays the rest. Returns the seconds of both. */
async function playTwice(url: string, limits = {}): Promise<readonly [whole: number, rest: number]> {
  await using loader = openLoader({ sources: { http: true }, allowPrivateAddresses: true });
  const { info } = firstOf(await loader.load(url));
  expect(info.isStream).toBe(false);
  const stream = await openMedia(await openUrl(url, { limits }));
  const seconds = async (): Promise<number> => {
    const { channels, sampleRate } = await decodeAll(stream);
    return (channels[0]?.length ?? 0) / sampleRate;
  };
  const whole = await seconds();
  await stream.seek(2_000);
  const rest = await seconds();
  stream.close();
  return [whole, rest];
}

const servers: Readonly<Record<string, RequestListener>> = {
  "ignores ranges": (_request, response) => sendWhole(response),
  "ignores ranges from the second request on": (request, response) => {
    if (rangeOf(request) === 0) sendRange(request, response, file, { cutAfter: 9_000 });
    else sendWhole(response);
  },
  "answers later ranges with the whole file in chunks": (request, response) => {
    if (rangeOf(request) === 0) return sendRange(request, response, file, { cutAfter: 9_000 });
    response.writeHead(200);
    response.flushHeaders();
    response.end(file);
  },
  "answers ranges with several parts": (request, response) => {
    if (request.headers.range === undefined) return sendWhole(response);
    response.writeHead(206, { "content-type": "multipart/byteranges; boundary=x" });
    response.end(
      Buffer.concat([
        Buffer.from(`--x\r\ncontent-range: bytes 0-${file.length - 1}/${file.length}\r\n\r\n`),
        file,
        Buffer.from("\r\n--x--"),
      ]),
    );
  },
  "answers ranges without saying which": (request, response) => {
    if (request.headers.range === undefined) return sendWhole(response);
    response.writeHead(206, { "content-length": file.length }).end(file);
  },
  "announces a total that is too large": (request, response) => {
    const start = rangeOf(request);
    if (start >= file.length) return void response.writeHead(416).end();
    response.writeHead(206, {
      "content-range": `bytes ${start}-${file.length - 1}/${file.length + 2_000}`,
      "content-length": file.length - start,
    });
    response.end(file.subarray(start));
  },
  "announces the length of later parts as the total": (request, response) => {
    const start = rangeOf(request);
    if (start === 0) return sendRange(request, response, file, { cutAfter: 9_000 });
    const range = `bytes ${start}-${file.length - 1}/${file.length - start}`;
    response.writeHead(206, { "content-range": range }).end(file.subarray(start));
  },
  "knows no total": (request, response) => {
    if (request.headers.range === undefined) return sendWhole(response);
    const start = rangeOf(request);
    response.writeHead(206, {
      "content-range": `bytes ${start}-${file.length - 1}/*`,
      "content-length": file.length - start,
    });
    response.end(file.subarray(start));
  },
  "redirects to a relative address": (request, response) => {
    if (request.url === "/") response.writeHead(302, { location: "music/a%20b.mp3?x=1" }).end();
    else if (request.url === "/music/a%20b.mp3?x=1") sendRange(request, response, file);
    else response.writeHead(404).end();
  },
  "redirects to another host": (request, response) => {
    const [, port] = (request.headers.host ?? "").split(":");
    if (request.headers.host?.startsWith("127.0.0.1"))
      response.writeHead(307, { location: `//localhost:${port}/a` }).end();
    else sendRange(request, response, file);
  },
  "wants the credentials of the address": (request, response) => {
    const { authorization } = request.headers;
    if (authorization === `Basic ${Buffer.from("user:pass word").toString("base64")}`)
      sendRange(request, response, file);
    else response.writeHead(401).end();
  },
  "announces more bytes than it sends": (_request, response) => {
    response.writeHead(200, { "content-length": file.length + 1_000 });
    response.write(file, () => response.destroy());
  },
};

describe("a server that", () => {
  it.each(Object.keys(servers))("%s", async (name) => {
    const handle = servers[name] ?? (() => {});
    await using server = await serve(handle, name.includes("another host") ? "127.0.0.1" : undefined);
    const url = name.includes("credentials") ? server.url.replace("//", "//user:pass%20word@") : server.url;
    const [whole, rest] = await playTwice(url);
    expect(whole).toBeCloseTo(3, 1);
    expect(rest).toBeCloseTo(1, 1);
  });

  it("has an IPv6 address", async () => {
    await using server = await serve((request, response) => sendRange(request, response, file), "::1");
    const [whole, rest] = await playTwice(`http://[::1]:${server.port}/a.mp3`);
    expect(whole).toBeCloseTo(3, 1);
    expect(rest).toBeCloseTo(1, 1);
  });

  it("announces fewer bytes than it sends is believed", async () => {
    await using server = await serveRaw((socket) => {
      const head = `HTTP/1.1 200 OK\r\ncontent-length: ${file.length - 4_000}\r\nconnection: close\r\n\r\n`;
      socket.end(Buffer.concat([Buffer.from(head), file]));
    });
    const stream = await openMedia(await openUrl(server.url));
    const { channels, sampleRate } = await decodeAll(stream);
    expect((channels[0]?.length ?? 0) / sampleRate).toBeGreaterThan(2.4);
    stream.close();
  });

  it.each(["headers", "status line"])("sends its %s byte by byte is given up", async (what) => {
    await using server = await serveRaw((socket) => {
      if (what === "headers") socket.write("HTTP/1.1 200 OK\r\n");
      const text = what === "headers" ? "X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" : "HTTP/1.1 200 OK";
      let at = 0;
      const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ""), 20);
      socket.on("close", () => clearInterval(timer));
    });
    await expect(openUrl(server.url, { limits: { firstByteMs: 300 } })).rejects.toThrow(
      "The server did not answer in time.",
    );
  });

  it("compresses audio is refused in words", async () => {
    await using server = await serve((_request, response) =>
      sendWhole(response, { "content-encoding": "gzip" }),
    );
    await expect(openUrl(server.url)).rejects.toThrow("The server compresses the file");
  });
});
