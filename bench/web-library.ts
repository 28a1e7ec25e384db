// npm run bench -- web-library [SCREENSHOTS]: the music library of the web client in Chromium, with 20,000 tracks in the
// index of an audio node. With a folder, also takes screenshots of the music panel there.

import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Server } from "@asterite/aster";
import { startAsterServer } from "@asterite/aster-server";
import { silentLogger } from "@asterite/util";
import { buildWebClient } from "@asterite/web/build";
import type { Browser, Page } from "playwright-core";
import { parseRequestTarget } from "../packages/andesite-node/src/api/http/request-target.ts";
import { LibraryService } from "../packages/andesite-node/src/library/library-service.ts";
import { LibraryCatalog } from "../packages/andesite-node/src/loading/library/library-catalog.ts";
import { MusicIndex } from "../packages/andesite-node/src/loading/library/music-index.ts";
import { lanternsCover, paperBoatsCover } from "../scripts/lib/covers.ts";
import { png } from "../scripts/lib/png.ts";
import { launchChromium } from "../tests/support/chromium.ts";
import { serveWebPage } from "../tests/support/web-page.ts";

const tracks = 20_000;
const tracksPerAlbum = 12;
const rounds = 10;
const names = [
  "Northern Lights",
  "Paper Boats",
  "Lanterns",
  "Slow Morning",
  "Rain on Tin",
  "Blue Hour",
  "Cassette Weather",
];
const artists = ["The Asterites", "Low Tide", "Cassette Weather", "Mira & Jonas", "Harbour Choir"];

const row = (what: string, value: string): void => console.log(`${what.padEnd(58)} ${value}`);
const ms = (values: readonly number[]): string => {
  const sorted = values.toSorted((one, other) => one - other);
  const [first = 0, middle = 0, last = 0] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
  return `${middle.toFixed(0)} ms (${first.toFixed(0)} to ${last.toFixed(0)})`;
};

function fillIndex(): MusicIndex {
  const index = new MusicIndex(null);
  for (let track = 0; track < tracks; track++) {
    const album = Math.floor(track / tracksPerAlbum);
    const artist = `${artists[album % artists.length]}${album < 5 ? "" : ` ${Math.floor(album / 5)}`}`;
    const title = `${names[album % names.length]}${album < 7 ? "" : ` ${Math.floor(album / 7)}`}`;
    const number = (track % tracksPerAlbum) + 1;
    index.put({
      path: `/music/${artist}/${title}/${number}.mp3`,
      modifiedMs: track,
      size: 1,
      facts: {
        container: "mp3",
        codec: "mp3",
        sampleRate: 44_100,
        channels: 2,
        durationMs: 180_000 + 1_000 * number,
        isDurationEstimated: false,
        seekable: true,
        title: `${names[track % names.length]} ${number}`,
        author: artist,
        album: title,
        lyrics: null,
        isrc: null,
        cueSheet: null,
        discNumber: 1,
        trackNumber: number,
        replayGainDb: null,
        hasPicture: album % 3 !== 2,
      },
    });
  }
  return index;
}

/** Scrolls through a list, and returns the frames that it took. */
const scroll = (
  page: Page,
): Promise<{ readonly slow: number; readonly all: number; readonly worst: number }> =>
  page.evaluate(`(async () => {
    const list = document.querySelector("dialog .viewport");
    const times = [];
    let last = performance.now();
    for (let frame = 0; frame < 400; frame++) {
      list.scrollTop += frame % 100 === 99 ? 40_000 : 300;
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - last);
      last = performance.now();
    }
    return { slow: times.filter((time) => time > 50).length, all: times.length, worst: Math.max(...times) };
  })()`);

const waitUntil = (page: Page, condition: string): Promise<number> =>
  page.evaluate<number>(`(async () => {
    while (!(${condition})) await new Promise(requestAnimationFrame);
    return performance.now();
  })()`);

async function measure(page: Page): Promise<void> {
  const opened: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const from = await page.evaluate<number>(`(() => {
      document.querySelector(".music .request > button").click();
      return performance.now();
    })()`);
    opened.push(
      (await waitUntil(page, `document.querySelectorAll("dialog .tile .name").length > 10`)) - from,
    );
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
  }
  row("opened, first time", `${opened[0]?.toFixed(0)} ms`);
  row("opened, later", ms(opened.slice(1)));
  await page
    .getByRole("button", { name: /music library/i })
    .first()
    .click();
  await page.locator("dialog .tile .name").first().waitFor();
  const albums = await scroll(page);
  await page.getByRole("tab", { name: "Tracks" }).click();
  await page.locator("dialog .line .name").first().waitFor();
  const all = await scroll(page);
  for (const [what, { slow, all: count, worst }] of [
    ["albums", albums],
    ["tracks", all],
  ] as const) {
    row(`${what}: frames above 50 ms, of all; longest`, `${slow} of ${count}; ${worst.toFixed(0)} ms`);
  }
  const field = page.getByRole("searchbox", { name: "Search albums, artists and tracks" });
  const searched: number[] = [];
  for (const words of ["lanterns", "blue hour 7", "choir", "tin 100", "morning"]) {
    const from = await page.evaluate<number>("performance.now()");
    await field.fill(words);
    const first = words.split(" ")[0];
    const shown = `document.querySelector("dialog [role=tab][aria-selected=true]").textContent.includes("(") &&
      document.querySelector("dialog .line .main")?.textContent.toLowerCase().includes(${JSON.stringify(first)})`;
    searched.push((await waitUntil(page, shown)) - from);
  }
  row("typed to found, with 120 ms of waiting for more letters", ms(searched));
  await page.keyboard.press("Escape");
}

async function takeScreenshots(
  browser: Browser,
  url: string,
  folder: string,
  play: () => Promise<unknown>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const step of ["idle", "playing"] as const) {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [360, 768, 1440]) {
        const context = await browser.newContext({
          viewport: { width, height: 800 },
          colorScheme,
          locale: "en-GB",
        });
        const page = await context.newPage();
        await page.goto(url);
        await page.getByLabel("Name", { exact: true }).fill("bob");
        await page.getByLabel("Password").fill("long secret");
        await page.locator("form button[type=submit]").click();
        const open = page.getByRole("button", { name: /music library/i });
        await open.first().waitFor();
        const take = async (name: string): Promise<void> => {
          await page.waitForLoadState("networkidle");
          await page.waitForTimeout(500);
          await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) });
        };
        if (step === "playing") {
          await page.getByRole("button", { name: /in queue/ }).click();
          await page.getByRole("button", { name: "Volume for everyone" }).click();
          await take("playing");
        } else {
          await take("idle");
          await open.click();
          await take("albums");
          await page.locator("dialog .tile button").first().click();
          await take("album");
          await page.getByRole("button", { name: "Back" }).click();
          await page.getByRole("tab", { name: "Tracks" }).click();
          await take("tracks");
        }
        await context.close();
      }
    }
    if (step === "idle") await play();
  }
}

await buildWebClient();
console.log(
  `Node ${process.versions.node}, ${availableParallelism()} cores, ${tracks} tracks, ${rounds} rounds\n`,
);
const index = fillIndex();
const catalog = new LibraryCatalog(index, ["/music"]);
const library = new LibraryService({
  loader: { catalog, load: async () => ({ loadType: "NO_MATCHES" }) },
  artworkPath: (path) => `/artwork/${path.length % 2}`,
  lifetimes: { ttlSeconds: 3_600, maxTtlSeconds: 3_600 },
  logger: silentLogger,
});
const startedAt = performance.now();
await catalog.get(AbortSignal.timeout(60_000));
row("catalog built", `${(performance.now() - startedAt).toFixed(0)} ms`);
const covers = [paperBoatsCover, lanternsCover].map((cover) => png(cover, 320));
let pageBytes = 0;
const server = await startAsterServer({
  host: "127.0.0.1",
  port: 0,
  database: ":memory:",
  tls: "insecure-plaintext",
  adminUser: { name: "bob", password: "long secret" },
});
const site = await serveWebPage(server.port, (request, response) => {
  const url = request.url ?? "";
  if (url.startsWith("/artwork/")) {
    response.writeHead(200, { "content-type": "image/png", "cache-control": "max-age=3600" });
    response.end(covers[Number(url.at(-1))]);
    return true;
  }
  if (!url.startsWith("/library/")) return false;
  const { segments = [], query } = parseRequestTarget(url);
  const { end } = response;
  response.end = ((body: Buffer) => {
    if (pageBytes === 0 && url.includes("limit=60")) pageBytes = body.length;
    return end.call(response, body, "utf8");
  }) as typeof end;
  library.handleRequest(request, response, `/${segments.join("/")}`, query);
  return true;
});
const browser = await launchChromium();
const bot = new Server("127.0.0.1", server.port, {
  username: "dj",
  password: "long secret",
  tls: false,
  registerIfMissing: true,
});
try {
  await bot.connect();
  const [channel] = bot.channels;
  await channel?.setState("commands", {
    v: 1,
    prefix: "!",
    library: library.createLink("1", "2", undefined)?.url,
    commands: [{ name: "play", arguments: "", description: "plays" }],
  });
  const page = await (
    await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB" })
  ).newPage();
  await page.goto(site.url);
  await page.getByRole("button", { name: "Create account" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill("ann");
  await page.getByLabel("Password").fill("long secret");
  await page.locator("form button[type=submit]").click();
  await page.getByRole("button", { name: /music library/i }).waitFor();
  await page.waitForLoadState("networkidle");
  await measure(page);
  row("first page of albums, uncompressed", `${(pageBytes / 1_000).toFixed(1)} kB`);
  await page.context().close();
  const [folder] = process.argv.slice(2);
  const track = (title: string, author: string) => ({ title, author, lengthMs: 187_000 });
  const play = () =>
    channel?.setState("music", {
      v: 1,
      player: {
        track: { ...track("Slow Morning", "The Asterites"), uri: null, artwork: "/artwork/0" },
        positionMs: 42_000,
        at: Date.now(),
        paused: false,
        volume: 100,
      },
      queue: Array.from({ length: 12 }, (_, place) => ({
        ...track(names[place % names.length] ?? "", artists[place % artists.length] ?? ""),
        by: place % 2 ? "mira" : "jonas",
      })),
      queueLength: 40,
      listen: "/listen/x",
    }) ?? Promise.resolve();
  if (folder !== undefined) await takeScreenshots(browser, site.url, folder, play);
} finally {
  await bot.disconnect();
  await browser.close();
  await site.close();
  await server.close({ graceMs: 500 });
  catalog.close();
  index.close();
}
