import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { eventually, localDialler, serve } from "./bytes.test-support.ts";
import { Dialler } from "./dialler.ts";
import { FilterProxy } from "./filter-proxy.ts";

const limits = { maxConnections: 10, idleMs: 60_000 };

async function start(dialler: Dialler) {
  const proxy = await FilterProxy.start(dialler, limits);
  return Object.assign(proxy, { [Symbol.asyncDispose]: () => proxy.close() });
}

const authorization = ({ url }: FilterProxy): string => {
  const { username, password } = new URL(url);
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
};

async function forward(proxy: FilterProxy, target: string, credentials = authorization(proxy)) {
  const outgoing = request({
    host: "127.0.0.1",
    port: new URL(proxy.url).port,
    path: target,
    headers: { host: "x", "proxy-authorization": credentials, "x-kind": "test" },
  }).end();
  const [response]: [IncomingMessage] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

/** Requests `/` through a tunnel. Returns everything received, from the status line of the proxy on. */
async function tunnel(
  proxy: FilterProxy,
  target: string,
  credentials = authorization(proxy),
): Promise<string> {
  const socket = connect(Number(new URL(proxy.url).port), "127.0.0.1");
  socket.write(
    `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nProxy-Authorization: ${credentials}\r\n\r\n` +
      "GET / HTTP/1.0\r\n\r\n",
  );
  return await text(socket);
}

describe("FilterProxy", () => {
  it("forwards requests and tunnels", async () => {
    await using server = await serve((_request, response) => void response.end("hello"));
    await using proxy = await start(localDialler);
    expect(await forward(proxy, server.url)).toEqual({ status: 200, body: "hello" });
    expect(server.requests[0]?.headers).toMatchObject({ "x-kind": "test" });
    expect(server.requests[0]?.headers).not.toHaveProperty("proxy-authorization");
    expect(await tunnel(proxy, `127.0.0.1:${server.port}`)).toMatch(/^HTTP\/1.1 200 .*hello$/s);
    await eventually(() => server.sockets.size).toBe(0);
  });

  it("does not connect to private addresses", async () => {
    await using server = await serve((_request, response) => void response.end("hello"));
    await using proxy = await start(new Dialler());
    for (const host of ["127.0.0.1", "localhost", "[::1]", "0x7f.1"]) {
      expect(await forward(proxy, `http://${host}:${server.port}/`)).toMatchObject({ status: 403 });
      expect(await tunnel(proxy, `${host}:${server.port}`)).toMatch(/^HTTP\/1.1 403 /);
    }
    expect(server.requests).toEqual([]);
  });

  it("rejects clients without the secret", async () => {
    await using server = await serve((_request, response) => void response.end("hello"));
    await using proxy = await start(localDialler);
    for (const credentials of ["", "Basic bm9kZTp3cm9uZw==", `${authorization(proxy)}x`]) {
      expect(await forward(proxy, server.url, credentials)).toMatchObject({ status: 407 });
      expect(await tunnel(proxy, `127.0.0.1:${server.port}`, credentials)).toMatch(/^HTTP\/1.1 407 /);
    }
    expect(server.requests).toEqual([]);
  });

  it.each(["/", "https://example.org/", "ftp://example.org/", "nonsense"])(
    "responds 400 to a request for %j",
    async (target) => {
      await using proxy = await start(localDialler);
      expect(await forward(proxy, target)).toMatchObject({ status: 400 });
    },
  );

  it("responds 502 when the target is unreachable, and 400 without a port", async () => {
    const gone = await serve(() => {});
    await gone[Symbol.asyncDispose]();
    await using proxy = await start(localDialler);
    expect(await forward(proxy, gone.url)).toMatchObject({ status: 502 });
    expect(await tunnel(proxy, `127.0.0.1:${gone.port}`)).toMatch(/^HTTP\/1.1 502 /);
    expect(await tunnel(proxy, "no port")).toMatch(/^HTTP\/1.1 400 /);
  });

  it("closes all connections when it is closed", async () => {
    await using server = await serve(() => {});
    const proxy = await FilterProxy.start(localDialler, limits);
    const responses = [tunnel(proxy, `127.0.0.1:${server.port}`), forward(proxy, server.url)];
    const ended = Promise.allSettled(responses);
    await eventually(() => server.sockets.size).toBe(2);
    await proxy.close();
    await eventually(() => server.sockets.size).toBe(0);
    await ended;
  });
});
