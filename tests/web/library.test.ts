// Music library in the page: a bot on a real node, whose links the page follows through the port of the chat server.

import { mkdir, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { dirname, join } from "node:path";
import { createNode } from "@asterite/andesite-node";
import { startDj } from "@asterite/dj";
import { maxTimerMs } from "@asterite/util";
import { describe, expect, it, onTestFinished } from "vitest";
import { paperBoatsCover } from "../../scripts/lib/covers.ts";
import { png } from "../../scripts/lib/png.ts";
import { temporaryFolder } from "../support/asterite.ts";
import { hasChromium } from "../support/chromium.ts";
import { quick } from "../support/dj.ts";
import { toneFile } from "../support/tone-file.ts";
import { openPage, register, startStage, useBrowser } from "../support/web.ts";

const lengthSeconds = 60;
const files = [
  ["Queen/Jazz/a.wav", "Fun It", "Queen", "Jazz", 2],
  ["Queen/Jazz/b.wav", "Mustapha", "Queen", "Jazz", 1],
  ["Bjork/Debut/a.wav", "Venus", "Björk", "Debut", 1],
] as const;

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("offers music in an empty channel, and plays what is found in the library", async () => {
    const folder = await temporaryFolder();
    for (const [path, title, artist, album, track] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), toneFile(title, lengthSeconds, { artist, album, track }));
    }
    await writeFile(join(folder, "Queen/Jazz/cover.png"), png(paperBoatsCover, 64));
    const node = await createNode({
      password: "node secret",
      http: { host: "127.0.0.1", port: 0 },
      loading: { musicFolders: [folder], sources: { local: true }, limits: { libraryWaitMs: maxTimerMs } },
    });
    onTestFinished(() => node.close({ graceMs: 0 }));
    const nodeUrl = new URL(`http://127.0.0.1:${node.port}/`);
    const { page, server } = await startStage({}, (request, response) => {
      const url = new URL(request.url ?? "/", nodeUrl);
      if (!/^\/(?:library|artwork)\//.test(url.pathname)) return false;
      get(url, (upstream) => {
        response.writeHead(upstream.statusCode ?? 502, upstream.headers);
        upstream.pipe(response);
      }).on("error", () => response.destroy());
      return true;
    });
    // The index is complete before the bot requests its link.
    const headers = { Authorization: "node secret" };
    await fetch(new URL("loadtracks?identifier=search:venus", nodeUrl), { headers });
    const dj = await startDj({
      server: { host: "127.0.0.1", port: server.port, tls: false },
      account: { username: "dj", password: "dj's secret" },
      nodes: [{ url: nodeUrl.href, password: "node secret" }],
      folder: await temporaryFolder(),
      ...quick,
    });
    onTestFinished(() => dj.close());

    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const panel = ann.getByRole("region", { name: "Music", exact: true });
    await panel.getByText("Nothing is playing in this channel.").waitFor();
    await panel.getByRole("button", { name: /Debut/ }).waitFor();
    await panel.getByRole("button", { name: /Jazz/ }).first().click();
    await panel.locator(".now .title", { hasText: "Mustapha" }).waitFor();

    await panel.getByRole("button", { name: "Browse the music library" }).click();
    const dialog = ann.getByRole("dialog", { name: "Music library" });
    const field = dialog.getByRole("searchbox");
    await dialog.getByRole("button", { name: /Jazz Queen/ }).waitFor();
    const picture = dialog.locator("img").first();
    await expect
      .poll(() => picture.evaluate((image: { naturalWidth?: number }) => image.naturalWidth ?? 0))
      .toBe(64);
    // Search as one types; another kind has the hits.
    await field.fill("bjork ven");
    await dialog.getByRole("button", { name: /Show Tracks/ }).click();
    await dialog.getByRole("button", { name: "Play Venus next" }).click();
    await dialog.getByText(/^Added Venus by Björk/).waitFor();
    await expect.poll(() => panel.locator(".count").textContent()).toBe("2");
    // By keyboard: into the list, into the album, back.
    await field.fill("");
    await dialog.getByRole("tab", { name: "Albums" }).click();
    await dialog.getByRole("button", { name: /Debut/ }).waitFor();
    await field.press("ArrowDown");
    await ann.keyboard.press("ArrowRight");
    await expect.poll(() => ann.evaluate<string>("document.activeElement.textContent")).toContain("Jazz");
    await ann.keyboard.press("Enter");
    const album = dialog.getByRole("region", { name: "Jazz" });
    const rows = album.getByRole("list", { name: "Jazz" }).getByRole("listitem");
    await expect
      .poll(async () => (await rows.allTextContents()).map((text) => text.replace(/\s+/g, " ").trim()))
      .toEqual(["1 Mustapha 1:00", "2 Fun It 1:00"]);
    await album.getByRole("button", { name: "Shuffle" }).click();
    await expect.poll(() => panel.locator(".count").textContent()).toBe("4");
    await album.getByRole("button", { name: "Play Fun It now" }).last().click();
    await panel.locator(".now .title", { hasText: "Fun It" }).waitFor();
    await album.getByRole("button", { name: "Back" }).click();
    await ann.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });

    // On a phone nothing is cut off.
    await ann.setViewportSize({ width: 360, height: 740 });
    await panel.getByRole("button", { name: "Browse the music library" }).click();
    await dialog.getByRole("tab", { name: "Tracks" }).click();
    const add = dialog.getByRole("button", { name: "Add Venus to the queue" });
    await add.waitFor();
    const { x = 0, width = 0 } = (await add.boundingBox()) ?? {};
    expect(x + width).toBeLessThanOrEqual(348);
  });
});
