// The browser entry in a real Chromium: bundled, served over loopback HTTP, connected to a real server.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle, hasChromium, startChromium } from "../support/browser.ts";
import { startServer } from "../support/server.ts";

let code: string;

beforeAll(async () => {
  code = await bundle("packages/aster/src/index.ts");
});

it("bundles without Node modules to less than 25 kB compressed", () => {
  expect(/["'`]node:/.exec(code)).toBeNull();
  expect(/^import\b/m.exec(code)).toBeNull();
  expect(gzipSync(code).byteLength).toBeLessThan(25_000);
});

describe.skipIf(!hasChromium)("in Chromium", () => {
  let browser: Browser;
  let pages: ReturnType<typeof createServer>;
  let origin: string;

  beforeAll(async () => {
    browser = await startChromium();
    pages = createServer((request, response) => {
      const isScript = request.url === "/aster.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(isScript ? code : "<!doctype html><title>test</title>");
    });
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    pages?.close();
  });

  it("exchanges messages, and reconnects after a server restart", async () => {
    const server = await startServer({ tls: "insecure-plaintext", name: "From Node" });
    const { port } = server;
    const page = await browser.newPage();
    await page.goto(origin);
    const script = (port: number) => `(async () => {
      const { Client, CommandError } = await import("/aster.js");
      const client = new Client({ username: "page", password: "secret", tls: false, registerIfMissing: true,
        reconnect: { firstDelayMs: 20, longestDelayMs: 100 } });
      const server = client.addServer("127.0.0.1", ${port});
      await client.connect();
      const received = client.once("message");
      const sent = await server.channels[0].send("from a page ✓");
      const [message] = await received;
      const answer = await message.reply("again");
      const history = await server.channels[0].fetchHistory();
      const refused = await server.channels[0].send(" ").catch((error) => error);
      globalThis.aster = { client, server };
      return {
        name: server.name,
        icon: server.icon.length,
        same: sent === message,
        replies: answer.replyUuid === sent.uuid,
        history: history.map(({ content }) => content),
        refused: refused instanceof CommandError && refused.status,
        secure: isSecureContext,
      };
    })()`;
    expect(await page.evaluate(script(port))).toEqual({
      name: "From Node",
      icon: expect.any(Number),
      same: true,
      replies: true,
      refused: 400,
      secure: true,
      history: ["from a page ✓", "again"],
    });
    await server.close({ graceMs: 100 });
    await expect
      .poll(() => page.evaluate<string>("globalThis.aster.server.status"))
      .toMatch(/waiting|connecting/);
    const again = await startServer({ tls: "insecure-plaintext", port });
    const status = "globalThis.aster.server.status";
    await expect.poll(() => page.evaluate<string>(status), { timeout: 10_000 }).toBe("ready");
    await again.close({ graceMs: 100 });
    await page.evaluate("globalThis.aster.client.disconnect()");
    expect(await page.evaluate<string>(status)).toBe("closed");
    await page.close();
  }, 30_000);
});
