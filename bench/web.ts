// npm run bench -- web: the web client in Chromium with a server on the same machine.

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { Server } from "@asterite/aster";
import { startAsterServer } from "@asterite/aster-server";
import { webClientFolder } from "@asterite/web";
import { buildWebClient } from "@asterite/web/build";
import type { Page } from "playwright-core";
import { launchChromium } from "../tests/support/chromium.ts";
import { serveWebPage } from "../tests/support/web-page.ts";

const rounds = 10;
const manyMessages = 10_000;
const textLength = 10_000;
const textRounds = 3;
/** Pieces of which texts are repeated. */
const textKinds = {
  words: "some words and ",
  marks: "*a **b** ~~c~~* ||d|| ",
  links: "https://example.org/a [b](https://example.org/b) ",
  "mentions and emoji": "@bob :smile: 😀 ",
  list: "- one\n  - [x] two\n",
  table: "a|b\n-|-\n1|2\n",
  code: "```ts\nconst a = 1;\n```\n",
  "unclosed brackets": "[a](",
} as const;

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

const row = (what: string, value: string): void => console.log(`${what.padEnd(58)} ${value}`);
const ms = (values: readonly number[]): string =>
  `${median(values).toFixed(0)} ms (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`;

/** Waits for a condition in the page and returns the time on the page's clock. */
const waitFor = (page: Page, condition: string): Promise<number> =>
  page.evaluate<number>(`new Promise((resolve) => {
    const check = () => ((${condition}) ? resolve(performance.timeOrigin + performance.now()) : requestAnimationFrame(check));
    check();
  })`);

const messageShown = (text: string): string =>
  `[...document.querySelectorAll("article .content")].some((one) => one.textContent.trim() === ${JSON.stringify(text)})`;

function sizes(): void {
  const page = readFileSync(join(webClientFolder, "index.html"), "utf8");
  const named = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, file = ""]) => file);
  for (const [what, ending] of [["script", ".js"] as const, ["style", ".css"] as const]) {
    const files = named.filter((file) => file.endsWith(ending));
    const bytes = files.map((file) => readFileSync(join(webClientFolder, file)));
    const total = (compress: (data: Buffer) => Buffer): string =>
      `${(bytes.reduce((sum, each) => sum + compress(each).byteLength, 0) / 1000).toFixed(1)} kB`;
    row(`${what} of the first load`, `${total(gzipSync)} gzip, ${total(brotliCompressSync)} Brotli`);
  }
}

await buildWebClient();
console.log(`Node ${process.versions.node}, ${availableParallelism()} cores, ${rounds} rounds\n`);
sizes();

const server = await startAsterServer({
  host: "127.0.0.1",
  port: 0,
  database: ":memory:",
  tls: "insecure-plaintext",
  adminUser: { name: "bob", password: "secret" },
  limits: { content: textLength },
  connection: { requestsPerSecond: Number.POSITIVE_INFINITY },
});
const site = await serveWebPage(server.port);
const browser = await launchChromium();
const bob = new Server("127.0.0.1", server.port, {
  username: "bob",
  password: "secret",
  tls: false,
});
try {
  await bob.connect();
  const [channel] = bob.channels;
  await Promise.all(Array.from({ length: manyMessages }, (_, index) => channel?.send(`line ${index + 1}`)));
  await bob.createChannel("other");
  const other = bob.channels.find(({ name }) => name === "other");
  await Promise.all(Array.from({ length: 100 }, (_, index) => other?.send(`other ${index + 1}`)));
  const last = `line ${manyMessages}`;
  const logins: number[] = [];
  const reloads: number[] = [];
  const received: number[] = [];
  const opened: number[] = [];
  let page: Page | undefined;
  for (let round = 0; round < rounds; round++) {
    await page?.context().close();
    page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    await page.goto(site.url);
    await page.getByRole("button", { name: "Create account" }).first().click();
    await page.getByLabel("Name", { exact: true }).fill(`ann${round}`);
    await page.getByLabel("Password").fill("a long secret");
    const submitted = await page.evaluate<number>(`(() => {
      document.querySelector("form button[type=submit]").click();
      return performance.timeOrigin + performance.now();
    })()`);
    logins.push((await waitFor(page, messageShown(last))) - submitted);
    await page.reload();
    const loaded = await waitFor(page, messageShown(last));
    reloads.push(loaded - (await page.evaluate<number>("performance.timeOrigin")));
    const text = `now ${round}`;
    const shown = waitFor(page, messageShown(text));
    const sent = performance.timeOrigin + performance.now();
    await channel?.send(text);
    received.push((await shown) - sent);
    const pressed = await page.evaluate<number>(`(() => {
      [...document.querySelectorAll("nav button")].find((one) => one.textContent.includes("other")).click();
      return performance.timeOrigin + performance.now();
    })()`);
    opened.push((await waitFor(page, messageShown("other 100"))) - pressed);
    await page.getByRole("button", { name: "general" }).click();
    await waitFor(page, messageShown(text));
  }
  row("registration to conversation shown (including password hash)", ms(logins));
  row("reload to conversation shown", ms(reloads));
  row("message of another client sent to shown", ms(received));
  row("channel first opened to messages shown", ms(opened));
  if (page) await measureTexts(page);
  if (page) await measureList(page);
} finally {
  await bob.disconnect();
  await browser.close();
  await site.close();
  await server.close({ graceMs: 500 });
}

/** Measures the longest task of the page while it receives and draws a long text, in a channel for each kind. */
async function measureTexts(page: Page): Promise<void> {
  for (const [kind, piece] of Object.entries(textKinds)) {
    const tasks: number[] = [];
    const name = kind.replaceAll(" ", "-");
    await bob.createChannel(name);
    await page.getByRole("button", { name }).click();
    await page.getByText("No messages yet").waitFor();
    for (let round = 0; round < textRounds; round++) {
      // At the beginning, because long messages are folded.
      const start = `${kind} ${round}\n\n`;
      const text = start + piece.repeat(textLength / piece.length).slice(0, textLength - start.length);
      const longest = page.evaluate<number>(`new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        let [longest, last, frames] = [0, performance.now(), 0];
        const isShown = () => [...document.querySelectorAll("article .content")].at(-1)?.textContent.includes(${JSON.stringify(start.trim())});
        const countFrames = () => {
          if (frames > 0 || isShown()) frames++;
          if (frames < 3) requestAnimationFrame(countFrames);
        };
        requestAnimationFrame(countFrames);
        port1.onmessage = () => {
          longest = Math.max(longest, performance.now() - last);
          last = performance.now();
          if (frames < 3) port2.postMessage("");
          else resolve(longest);
        };
        port2.postMessage("");
      })`);
      await bob.getChannelByName(name)?.send(text);
      tasks.push(await longest);
    }
    row(`longest task while ${textLength} characters of ${kind} are drawn`, ms(tasks));
  }
}

/** Scrolls through the whole history and counts slow frames. */
async function measureList(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const idle = await page.evaluate<number>(`(async () => {
    let slow = 0;
    for (let frame = 0, last = performance.now(); frame < 500; frame++) {
      await new Promise(requestAnimationFrame);
      if (performance.now() - last > 50) slow++;
      last = performance.now();
    }
    return slow;
  })()`);
  row("frames above 50 ms, of 500, while idle", String(idle));
  const frames = await page.evaluate<{
    slow: number;
    all: number;
    worst: number;
    drawn: number;
    hasAll: boolean;
  }>(`(async () => {
    const log = document.querySelector("[role=log]");
    const times = [];
    let last = performance.now();
    let still = 0;
    while (still < 120) {
      const top = log.scrollTop;
      log.scrollTop = top - 400;
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - last);
      last = performance.now();
      still = log.scrollTop === 0 && top === 0 ? still + 1 : 0;
    }
    return {
      slow: times.filter((time) => time > 50).length,
      all: times.length,
      worst: Math.max(...times),
      drawn: log.querySelectorAll("article").length,
      hasAll: document.body.textContent.includes("This is the start of"),
    };
  })()`);
  row(`scrolled back through ${manyMessages} messages`, frames.hasAll ? "to the first" : "NOT to the first");
  row(
    "frames above 50 ms, of all; longest",
    `${frames.slow} of ${frames.all}; ${frames.worst.toFixed(0)} ms`,
  );
  row("messages rendered at the same time", String(frames.drawn));
}
