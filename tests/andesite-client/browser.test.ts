// The browser entry in a real Chromium, bundled and served from the origin of the node.

import { gzipSync } from "node:zlib";
import { ScriptedNode } from "@asterite/testkit";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { until } from "../support/andesite.ts";
import { bundle, hasChromium, startChromium } from "../support/browser.ts";

let code: string;

beforeAll(async () => {
  code = await bundle("packages/andesite/src/index.ts");
});

it("has a bundle without Node.js modules below 40 kB compressed", () => {
  expect(/["'`]node:/.exec(code)).toBeNull();
  expect(/^import\b/m.exec(code)).toBeNull();
  expect(gzipSync(code).byteLength).toBeLessThan(40_000);
});

describe.skipIf(!hasChromium)("in Chromium", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await startChromium();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
  });

  /** Starts a node and opens a page of its origin, with the messages that the node receives. */
  const setUp = async () => {
    const node = await ScriptedNode.start({ password: "geheim", region: "eu", nodeId: "n1" });
    onTestFinished(() => node.die());
    node.respond = ({ path, headers, query }) => {
      if (path === "")
        return { status: 200, body: "<!doctype html><title>test</title>", contentType: "text/html" };
      if (path === "andesite.js") return { status: 200, body: code, contentType: "text/javascript" };
      if (headers.authorization !== "geheim") {
        return { status: 401, body: { code: 401, message: "Unauthorized" } };
      }
      if (path === "stats") return { status: 200, body: { players: { total: 7 } } };
      if (path === "loadtracks") {
        const info = { title: `Found ${query["identifier"]}`, author: "Somebody" };
        return {
          status: 200,
          body: {
            loadType: "SEARCH_RESULT",
            tracks: [{ track: "QAAAJAIAAUEAAAAAAAAAAr8gAAFBAAAAB3lvdXR1YmUAAAAAAAAAAA==", info }],
          },
        };
      }
      return { status: 404, body: { code: 404, message: "Not found" } };
    };
    const texts: string[] = [];
    node.onText = (text) => texts.push(text);
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(node.httpUrl);
    return { node, page, texts };
  };
  /** Runs the body of an asynchronous function in the page, where `A` is the library. */
  const run = <Result>(page: Page, body: string): Promise<Result> =>
    page.evaluate<Result>(`(async () => {
      const A = await import("/andesite.js");
      const uris = [location.origin, "ws://" + location.host + "/websocket"];
      const quick = { backoff: { capMs: 20 }, stableAfterMs: 0 };
      ${body}
    })()`);

  it("sends HTTP requests with the password in the header", async () => {
    const { page } = await setUp();
    const found = await run(
      page,
      `const http = new A.HTTP(location.origin, "geheim");
      const stats = await http.getStats();
      const found = await http.searchTracks("a & b");
      const missing = await http.request("GET", "nowhere").catch((error) => error);
      const refused = await new A.HTTP(location.origin, "wrong").getStats().catch((error) => error);
      return [stats.players.total, String(found.tracks[0]), missing.code, refused instanceof A.HTTPError && refused.code];`,
    );
    expect(found).toEqual([7, "Somebody - Found ytsearch:a & b", 404, 401]);
  });

  it("connects with password and user id in the query, plays, and receives events", async () => {
    const { node, page, texts } = await setUp();
    const received = await run(
      page,
      `const client = A.createClient(...uris, "geheim", "1", quick);
      const events = client.subscribe([A.WebSocketConnectEvent, A.TrackStartEvent, A.PlayerUpdate]);
      const updated = client.subscribe(A.PlayerUpdate).first();
      await client.play("5", "QAAAJAIAAUEAAAAAAAAAAr8gAAFBAAAAB3lvdXR1YmUAAAAAAAAAAA==", { volume: 0.5 });
      const { guildId, state } = await updated;
      const seconds = await client.ping("5");
      const names = [];
      for await (const event of events) {
        names.push(event.constructor === A.PlayerUpdate ? "update" : event.track ?? "connected");
        if (names.length === 3) break;
      }
      const { nodeRegion, nodeId, connected } = client;
      await client.close();
      return { guildId, volume: state.volume, names, pinged: seconds > 0, nodeRegion, nodeId, connected };`,
    );
    expect(received).toEqual({
      guildId: "5",
      volume: 0.5,
      names: ["connected", "update", "QAAAJAIAAUEAAAAAAAAAAr8gAAFBAAAAB3lvdXR1YmUAAAAAAAAAAA=="],
      pinged: true,
      nodeRegion: "eu",
      nodeId: "n1",
      connected: true,
    });
    expect(node.player("5")).toMatchObject({
      track: "QAAAJAIAAUEAAAAAAAAAAr8gAAFBAAAAB3lvdXR1YmUAAAAAAAAAAA==",
      volume: 50,
    });
    expect(node.handshakes[0]?.query).toEqual({
      password: "geheim",
      "user-id": "1",
      extensions: "operation-failed,track-titles",
    });
    // Browsers cannot resume connections, so the node must not buffer events.
    expect(texts.join()).not.toContain("event-buffer");
    await until(() => node.sessions.length === 0);
  });

  it("reconnects, and restores players on a restarted node", async () => {
    const { node, page } = await setUp();
    await run(
      page,
      `globalThis.client = A.createClient(...uris, "geheim", "1", quick);
      globalThis.ups = client.subscribe(A.WebSocketConnectEvent);
      await client.play("5", "QAAAJAIAAUEAAAAAAAAAAr8gAAFBAAAAB3lvdXR1YmUAAAAAAAAAAA==", { volume: 0.5 });
      await client.ping("5");
      await client.ping("5");
      await ups.next();`,
    );
    node.drop();
    const starts = await run(
      page,
      `await ups.next();
      const started = client.subscribe(A.TrackStartEvent).first();
      await client.play("5", "QAAAJAIAAUIAAAAAAAAAAr8gAAFCAAAAB3lvdXR1YmUAAAAAAAAAAA==");
      const { track } = await started;
      await client.ping("5");
      await client.ping("5");
      return track;`,
    );
    expect(starts).toBe("QAAAJAIAAUIAAAAAAAAAAr8gAAFCAAAAB3lvdXR1YmUAAAAAAAAAAA==");
    await node.die();
    await node.restart();
    await run(page, `await ups.next(); await client.ping("5");`);
    expect(node.player("5")).toMatchObject({
      track: "QAAAJAIAAUIAAAAAAAAAAr8gAAFCAAAAB3lvdXR1YmUAAAAAAAAAAA==",
      volume: 50,
    });
    await run(page, "await client.close();");
  });

  it("sends more than the socket's buffer holds, in order", async () => {
    const { node, page } = await setUp();
    await run(
      page,
      `const client = new A.WebSocket(uris[1], "1", "geheim", quick);
      const note = "x".repeat(200_000);
      await Promise.all(Array.from({ length: 40 }, (_, volume) => client.send("5", "volume", { volume, note })));
      await client.ping("5");
      await client.close();`,
    );
    expect(node.operations.map(({ fields }) => fields["volume"])).toEqual(
      Array.from({ length: 40 }, (_, volume) => volume),
    );
  });

  it("detects a node that no longer responds, and one whose message is too large", async () => {
    const { node, page } = await setUp();
    await run(
      page,
      `globalThis.sockets = [];
      globalThis.WebSocket = class extends WebSocket {
        constructor(...given) {
          super(...given);
          sockets.push(this);
        }
      };
      const B = await import("/andesite.js?again");
      // A late reply must not end the first connection before the node is silent.
      const heartbeat = { intervalMs: 100, timeoutMs: 1_000 };
      globalThis.client = new B.WebSocket(uris[1], "1", "geheim", { ...quick, heartbeat, socket: { maxMessageBytes: 1_000 } });
      globalThis.downs = client.subscribe(B.WebSocketDisconnectEvent);
      globalThis.ups = client.subscribe(B.WebSocketConnectEvent);
      globalThis.raw = B.RawMsgReceiveEvent;
      await client.ping("5");
      await ups.next();`,
    );
    node.stall();
    // The browser's socket stays in the closing state until the peer responds.
    const lost = await run(
      page,
      `const { deliberate } = await downs.next();
      return [deliberate, sockets[0].readyState === WebSocket.CLOSING];`,
    );
    expect(lost).toEqual([false, true]);
    node.resume();
    await run(page, `await ups.next(); await client.ping("5");`);
    const received = run(
      page,
      `const seen = [];
      client.on(raw, ({ body }) => seen.push(body.op));
      await downs.next();
      await ups.next();
      await client.ping("5");
      return seen.includes("large");`,
    );
    await until(() => node.sessions.length > 0);
    node.sendText(JSON.stringify({ op: "large", note: "x".repeat(2_000) }));
    expect(await received).toBe(false);
    await run(page, "await client.close();");
  });

  it("reports failures without the password", async () => {
    const { page } = await setUp();
    const error = await run<string>(
      page,
      `const client = new A.WebSocket(uris[1], "1", "wrong geheim", quick);
      const error = await client.connect({ maxAttempts: 1 }).catch((reason) => reason);
      return [String(client), String(error), String(error.cause), error.stack].join();`,
    );
    expect(error).toContain("could not connect");
    expect(error).not.toContain("geheim");
  });
});
