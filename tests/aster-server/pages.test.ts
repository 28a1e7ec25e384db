// Browsers that ask for a page where the chat is.

import { request } from "node:https";
import { expect, test } from "vitest";
import { framings, openClient, startServer } from "../support/server.ts";

/** Answers slowly: a first half at once, the rest when it is told. */
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

test("one port serves chat and page, with TLS and without", async () => {
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

test("a page that takes its time is not cut as a client that says nothing", async () => {
  const { pages, finish } = slowPage();
  // Long enough for the request to be read in time on a busy machine.
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

test("closing the server ends pages that are being served", async () => {
  const { pages } = slowPage();
  const server = await startServer({ plainPort: 0, pages });
  const response = await fetch(`http://127.0.0.1:${server.plainPort}/`);
  await server.close({ graceMs: 100 });
  await expect(response.text()).rejects.toThrow();
});
