// Browsers that request a page on the chat port.

import { once } from "node:events";
import { request } from "node:https";
import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { framings, openClient, startServer } from "../support/server.ts";

/** Page handler that sends the first half immediately and the rest when `finish` is called. */
function slowPage() {
  const rest = Promise.withResolvers<void>();
  return {
    finish: rest.resolve,
    pages: (
      incoming: { readonly url?: string | undefined },
      response: import("node:http").ServerResponse,
    ): void => {
      response.write(`page ${incoming.url} `);
      void rest.promise.then(() => response.end("end"));
    },
  };
}

it("serves chat and pages on one port, with and without TLS", async () => {
  const { pages, finish } = slowPage();
  finish();
  const server = await startServer({ plainPort: 0, pages });
  const plain = `127.0.0.1:${server.plainPort}`;
  expect(await (await fetch(`http://${plain}/index.html`)).text()).toBe("page /index.html end");
  const secure = await new Promise<string>((resolve, reject) => {
    const asked = request({ port: server.port, path: "/x", rejectUnauthorized: false }, (response) => {
      response.setEncoding("utf8");
      let text = "";
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve(text));
    });
    asked.once("error", reject);
    asked.end();
  });
  expect(secure).toBe("page /x end");
  for (const framing of framings) {
    const client = await openClient(server.plainPort ?? 0, framing, { plaintext: true });
    client.send({ command: "get_name" });
    expect(await client.next()).toMatchObject({ command: "API_version" });
  }
});

it("does not apply the first byte timeout to a slow page", async () => {
  const { pages, finish } = slowPage();
  // Long enough to read the request in time on a busy machine.
  const server = await startServer({ plainPort: 0, pages, connection: { firstByteTimeoutMs: 1_000 } });
  const response = await fetch(`http://127.0.0.1:${server.plainPort}/`);
  const reader = response.body?.getReader();
  await reader?.read();
  const quiet = await openClient(server.plainPort ?? 0, "lines", { plaintext: true });
  await quiet.closed;
  finish();
  const { value } = (await reader?.read()) ?? {};
  expect(Buffer.from(value ?? []).toString()).toBe("end");
});

it("ends pages in progress when the server closes", async () => {
  const { pages } = slowPage();
  const server = await startServer({ plainPort: 0, pages });
  const response = await fetch(`http://127.0.0.1:${server.plainPort}/`);
  await server.close({ graceMs: 100 });
  await expect(response.text()).rejects.toThrow();
});

/** Opens a connection that requests a page with these headers; resolves with it after the response. */
async function requestPage(port: number, headers: string) {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  onTestFinished(() => void socket.destroy());
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.write(`${headers}\r\nHost: localhost\r\n\r\n`);
  await once(socket, "data");
  socket.resume();
  return { socket, closed };
}

it("limits the time until the next request of a connection, whose bytes arrive slowly", async () => {
  const pages = (_incoming: unknown, response: import("node:http").ServerResponse) => response.end("page");
  const server = await startServer({ plainPort: 0, pages, connection: { firstByteTimeoutMs: 500 } });
  const { socket, closed } = await requestPage(server.plainPort ?? 0, "GET / HTTP/1.1");
  socket.write("GET / HTTP/1.1\r\nX: ");
  const timer = setInterval(() => socket.write("a"), 50);
  onTestFinished(() => clearInterval(timer));
  await closed;
});

it("reads no body behind the request of a page", async () => {
  const pages = (_incoming: unknown, response: import("node:http").ServerResponse) => response.end("page");
  const server = await startServer({ plainPort: 0, pages });
  for (const header of ["Transfer-Encoding: chunked", "Content-Length: 1000000000"]) {
    const { socket, closed } = await requestPage(server.plainPort ?? 0, `POST / HTTP/1.1\r\n${header}`);
    const timer = setInterval(() => socket.write(`1000\r\n${"x".repeat(4096)}\r\n`), 50);
    onTestFinished(() => clearInterval(timer));
    await closed;
  }
});
