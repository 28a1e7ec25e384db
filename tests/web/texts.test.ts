// Texts of messages: expensive code, task lists, tables, writing directions and emoji sequences.

import { describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { connectAs, message, messages, openPage, register, startStage, useBrowser } from "../support/web.ts";

const expensive = [
  `\`\`\`markdown\n${"[a](".repeat(2450)}`,
  `\`\`\`markdown\n${"*a ".repeat(3300)}`,
  "[a](".repeat(2450),
  `${"*a ".repeat(3300)}`,
  `https://a${")".repeat(9900)}`,
];

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("stays responsive while it shows expensive texts, and highlights code", {
    timeout: 60_000,
  }, async () => {
    const { page, server } = await startStage({ limits: { content: 12_000 } });
    const admin = await connectAs(server.port);
    const channel = admin.getChannelByName("general");
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    // Time of the page's main thread on the processor, which a busy machine does not change.
    const protocol = await ann.context().newCDPSession(ann);
    await protocol.send("Performance.enable", { timeDomain: "threadTicks" });
    const busySeconds = async (): Promise<number> =>
      (await protocol.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration")
        ?.value ?? Number.NaN;
    const before = await busySeconds();
    for (const text of expensive) {
      await channel?.send(text);
      await messages(ann).last().getByText(text.slice(-30).trim()).waitFor();
    }
    await channel?.send("```ts\nconst answer = 42;\n```");
    // The queue reaches this code only after the expensive ones were given up.
    const code = messages(ann).last().locator("pre");
    await code.locator(".keyword", { hasText: "const" }).waitFor();
    await code.locator(".number", { hasText: "42" }).waitFor();
    expect((await busySeconds()) - before).toBeLessThan(1);
  });

  it("shows task lists, aligned tables, links and both writing directions", async () => {
    const { page, server } = await startStage();
    const admin = await connectAs(server.port);
    const channel = admin.getChannelByName("general");
    await channel?.send("- [ ] open\n- [x] done");
    await channel?.send("item | price\n:-- | --:\ntea | 2");
    await channel?.send("***both*** [https://a.example](https://a.example) www.example.org。");
    await channel?.send("请看https://a.example/x。问@ann，或@ann's");
    await channel?.send("hello\n\nשלום עולם");
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const styles = (selector: string, property: string) =>
      ann.evaluate<string[]>(
        `[...document.querySelectorAll("[role=log] ${selector}")].map((one) => getComputedStyle(one).${property})`,
      );
    const boxes = message(ann, "open").getByRole("checkbox");
    expect([await boxes.nth(0).isChecked(), await boxes.nth(1).isChecked()]).toEqual([false, true]);
    await message(ann, "tea").waitFor();
    expect(await styles("td", "textAlign")).toEqual(["left", "right"]);
    await message(ann, "both").locator("em strong", { hasText: "both" }).waitFor();
    const links = message(ann, "both").getByRole("link");
    expect(await links.allInnerTexts()).toEqual(["https://a.example", "www.example.org"]);
    // Chinese has no spaces between words, and a mark after a name is no part of it.
    const chinese = message(ann, "请看");
    expect(await chinese.getByRole("link").allInnerTexts()).toEqual(["https://a.example/x"]);
    expect(await chinese.getByRole("button", { name: "@ann" }).allInnerTexts()).toEqual(["@ann", "@ann"]);
    await message(ann, "hello").waitFor();
    expect((await styles("p", "direction")).slice(-2)).toEqual(["ltr", "rtl"]);
  });

  it("draws all characters of emoji sequences with the colour font", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    // A sequence falls apart if one of its characters is out of the font's range.
    const range = await ann.evaluate<string>("[...document.fonts].map((face) => face.unicodeRange).join()");
    const bounds = [...range.matchAll(/U\+([0-9A-F]+)(?:-([0-9A-F]+))?/gi)].map(
      ([, from = "", to = from]) => [Number.parseInt(from, 16), Number.parseInt(to, 16)],
    );
    const sequences = ["👨‍👩‍👧‍👦", "🏳️‍🌈", "👩‍💻", "👍🏽", "🇩🇪", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "\u{FE0F}\u{20E3}"];
    const missing = [...sequences.join("")].filter((character) => {
      const code = character.codePointAt(0) ?? 0;
      return !bounds.some(([from = 0, to = 0]) => from <= code && code <= to);
    });
    expect(missing).toEqual([]);
  });
});
