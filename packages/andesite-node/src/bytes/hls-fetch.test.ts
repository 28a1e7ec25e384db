import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, it } from "vitest";
import { eventually, localDialler, serve } from "./bytes.test-support.ts";
import { createHlsFetch } from "./hls-fetch.ts";

const { signal } = new AbortController();
const content = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 251));

async function open(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  headers: Readonly<Record<string, string>> = {},
) {
  const server = await serve(handle);
  const fetch = createHlsFetch({ type: "http", url: server.url, headers }, localDialler, {
    userAgent: "Asterite",
    limits: { backOffMs: 1, tries: 3 },
  });
  const get = (path: string, more: object = {}, aborted = signal) =>
    fetch({ url: `${server.url}${path}`, maxBytes: 2_000, timeoutMs: 10_000, ...more }, aborted);
  return { server, fetch, get };
}

it("fetches whole files and ranges, from servers with and without ranges", async () => {
  const { server, get } = await open((request, response) => {
    const [, start, end] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "") ?? [];
    if (request.url === "/ranges" && start && end) {
      response.writeHead(206, { "content-range": `bytes ${start}-${end}/${content.length}` });
      response.end(content.subarray(Number(start), Number(end) + 1));
    } else response.end(content);
  });
  await using _ = server;
  for (const path of ["ranges", "whole"]) {
    expect(Buffer.from((await get(path)).bytes)).toEqual(content);
    const range = { start: 100, end: 300 };
    expect(Buffer.from((await get(path, { range })).bytes)).toEqual(content.subarray(100, 300));
  }
  await expect(get("whole", { range: { start: 900, end: 1_100 } })).rejects.toThrow(
    "in the middle of the file",
  );
});

it("shares cookies, and returns the address after redirects", async () => {
  const { server, get } = await open((request, response) => {
    if (request.url === "/start")
      response.writeHead(302, { location: "/moved/list", "set-cookie": "id=7" }).end();
    else response.end(request.headers.cookie ?? "");
  });
  await using _ = server;
  expect((await get("start")).url).toBe(`${server.url}moved/list`);
  expect(Buffer.from((await get("segment")).bytes).toString()).toBe("id=7");
});

it("sends credentials to the origin of the stream only", async () => {
  const seen: (string | undefined)[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    seen.push(request.headers.authorization, String(request.headers["referer"]));
    response.end();
  };
  const { server, fetch, get } = await open(handle, { Authorization: "secret", Referer: "page" });
  await using _ = server;
  await using other = await serve(handle);
  await get("a");
  await fetch({ url: other.url, maxBytes: 10, timeoutMs: 10_000 }, signal);
  expect(seen).toEqual(["secret", "page", undefined, "page"]);
});

it("tries again a limited number of times, and not at all for a missing file", async () => {
  let failures = 2;
  const { server, get } = await open((request, response) => {
    if (request.url === "/missing") response.writeHead(404).end();
    else if (request.url === "/never" || failures-- > 0) response.writeHead(503).end();
    else response.end(content);
  });
  await using _ = server;
  expect((await get("later")).bytes).toHaveLength(1_000);
  server.requests.length = 0;
  await expect(get("never")).rejects.toThrow("status 503");
  expect(server.requests).toHaveLength(3);
  server.requests.length = 0;
  await expect(get("missing")).rejects.toThrow("status 404");
  expect(server.requests).toHaveLength(1);
});

it("refuses responses that are too large, announced or not, without reading them", async () => {
  const { server, get } = await open((request, response) => {
    if (request.url === "/announced") response.setHeader("content-length", 5_000_000_000);
    const more = setInterval(() => response.write(Buffer.alloc(1_000)), 1);
    response.on("close", () => clearInterval(more));
  });
  await using _ = server;
  for (const path of ["announced", "endless"]) {
    await expect(get(path)).rejects.toThrow("A part of the HLS stream is too large.");
    await eventually(() => server.sockets.size).toBe(0);
  }
});

it("gives up a server that sends slowly, and closes the connection when it is aborted", async () => {
  const { server, get } = await open((_request, response) => {
    const more = setInterval(() => response.write("a"), 20);
    response.on("close", () => clearInterval(more));
  });
  await using _ = server;
  await expect(get("slow", { timeoutMs: 300 })).rejects.toMatchObject({
    message: "The server sent a part of the HLS stream too slowly.",
    severity: "SUSPICIOUS",
  });
  const abort = new AbortController();
  const getting = get("slow", {}, abort.signal);
  await eventually(() => server.sockets.size).toBe(1);
  abort.abort(new Error("removed"));
  await expect(getting).rejects.toThrow("removed");
  await eventually(() => server.sockets.size).toBe(0);
});
