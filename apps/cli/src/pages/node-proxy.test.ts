import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { isNodePath, proxyToNode } from "./node-proxy.ts";

let servers: Server[] = [];
afterEach(() => {
  for (const server of servers) server.close().closeAllConnections();
  servers = [];
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Starts a fake node that records its requests, and a proxy in front of it. */
async function start(answer: RequestListener = (_request, response) => response.end("the node")) {
  const requested: string[] = [];
  const nodePort = await serve((incoming, response) => {
    requested.push(`${incoming.method} ${incoming.url}`);
    answer(incoming, response);
  });
  const port = await serve((incoming, response) => {
    const url = URL.parse(incoming.url ?? "", "http://page");
    if (url && isNodePath(url)) {
      proxyToNode(new URL(`http://127.0.0.1:${nodePort}`), url, incoming, response, "192.0.2.7");
    } else response.writeHead(404).end("nothing");
  });
  /** Sends a request target unchanged; `fetch` would normalize it. */
  const ask = async (path: string, { method = "GET", headers = {} } = {}) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers, agent: false }).end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    const parts = await response.toArray();
    return {
      status: response.statusCode,
      headers: response.headers,
      text: Buffer.concat(parts).toString(),
    };
  };
  return { requested, ask, nodePort };
}

it("forwards only audio and artwork requests", async () => {
  const { ask, requested } = await start();
  for (const path of ["/listen/a.b", "/artwork/ab_-?x=1", "/artwork/a%2Fb"]) {
    expect(await ask(path)).toMatchObject({ status: 200, text: "the node" });
  }
  expect(await ask("/artwork/a", { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
  for (const path of [
    "/",
    "/stats",
    "/artwork",
    "/artworks/a",
    "/artwork/../stats",
    "/listen/%2e%2e/stats",
  ]) {
    expect([path, await ask(path)]).toMatchObject([path, { status: 404 }]);
  }
  expect(requested).toEqual([
    "GET /listen/a.b",
    "GET /artwork/ab_-?x=1",
    "GET /artwork/a%2Fb",
    "HEAD /artwork/a",
  ]);
});

it("reports the address of the client, not one that the client sends", async () => {
  const seen: unknown[] = [];
  const { ask } = await start((incoming, response) => {
    seen.push(incoming.headers["x-forwarded-for"]);
    response.end();
  });
  await ask("/listen/a.b", { headers: { "x-forwarded-for": "203.0.113.1" } });
  expect(seen).toEqual(["192.0.2.7"]);
});

it("ignores the host of a request", async () => {
  const others: string[] = [];
  const otherPort = await serve((incoming, response) => {
    others.push(incoming.url ?? "");
    response.end("another server");
  });
  const { ask, requested } = await start();
  for (const path of [`//127.0.0.1:${otherPort}/listen/a`, `http://127.0.0.1:${otherPort}/artwork/a`]) {
    expect(await ask(path)).toMatchObject({ status: 200, text: "the node" });
  }
  expect(requested).toEqual(["GET /listen/a", "GET /artwork/a"]);
  expect(others).toEqual([]);
});

it("forwards response headers and conditional requests", async () => {
  const { ask } = await start((incoming, response) => {
    const isKnown = incoming.headers["if-none-match"] === '"tag"';
    const headers = {
      etag: '"tag"',
      "content-security-policy": "sandbox",
      "x-content-type-options": "nosniff",
    };
    response.writeHead(isKnown ? 304 : 200, { ...headers, "content-type": "image/png" }).end();
  });
  expect(await ask("/artwork/a")).toMatchObject({
    status: 200,
    headers: {
      "content-type": "image/png",
      "content-security-policy": "sandbox",
      "x-content-type-options": "nosniff",
    },
  });
  const headers = { "If-None-Match": '"tag"', Cookie: "a=b", Authorization: "secret" };
  expect(await ask("/artwork/a", { headers })).toMatchObject({ status: 304 });
});

it("responds with 502 when the node is unreachable", async () => {
  const { ask } = await start();
  servers[0]?.close().closeAllConnections();
  expect(await ask("/artwork/a")).toMatchObject({ status: 502, text: "The audio node is unreachable.\n" });
});
