// Malicious names, messages, pictures and servers: no script runs, no data leaks, and the page keeps working.

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { hasChromium } from "../support/chromium.ts";
import { startLineBridge } from "../support/line-bridge.ts";
import { type Json, ReferenceServer } from "../support/reference-server.ts";
import {
  firstChannel,
  openClient,
  register as registerAccount,
  startServer,
  statusOf,
} from "../support/server.ts";
import {
  composer,
  exactMessage,
  message,
  openPage,
  register,
  say,
  servePage,
  signIn,
  startStage,
  useBrowser,
} from "../support/web.ts";

const script = "document.documentElement.dataset.hacked='yes'";
const texts = [
  `<script>${script}</script>`,
  `<img src=x onerror="${script}">`,
  `<svg onload="${script}">`,
  `[a](javascript:${script})`,
  `[a](JaVa\tScRiPt:${script})`,
  `![a](javascript:${script})`,
  `[a](data:text/html;base64,PHNjcmlwdD4x)`,
  `<a href="javascript:${script}">a</a>`,
  `\`\`\`html\n<script>${script}</script>\n\`\`\``,
  `{@html "<img src=x onerror=${script}>"}`,
  "\u202Eright to left\u202C and \u2066isolated",
  `a${"\u0300".repeat(500)}b`,
  "😀".repeat(2000),
  "x".repeat(9000),
  `${"> ".repeat(300)}deep`,
  `${"- ".repeat(300)}deep`,
  `${"[".repeat(2000)}a${"](".repeat(2000)}`,
  `${"*a ".repeat(1500)}`,
  "|a|b|\n|-|-|\n".repeat(200),
  "<:127.0.0.1:1:5:> :constructor: :__proto__: @constructor @__proto__",
  `\`\`\`${"js".repeat(20)}\nx\n\`\`\``,
  "\u0000\u0007\uFFFF",
];

/** Names of old databases; the server refuses most of them today. */
const names = [
  `<img src=x onerror=${script}>`,
  "ann\u202Egpj",
  "a\nb",
  "\u2067x",
  "ann\u200B",
  "\u200Fann",
  "\u0007ann",
  "W".repeat(64),
  `z${"\u0301".repeat(60)}`,
];

const isUnharmed = async (page: Page): Promise<void> => {
  expect(await page.locator("html").getAttribute("data-hacked")).toBeNull();
  expect(await page.locator("script").count()).toBe(1);
  const { scrollWidth, clientWidth } = await page
    .locator("html")
    .evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }));
  expect(scrollWidth).toBe(clientWidth);
};

/** Serves the page in front of a server whose database has accounts with names that it would refuse. */
async function stageWithNames(given: readonly string[]) {
  const database = join(await temporaryFolder(), "aster.db");
  const before = await startServer({ tls: "insecure-plaintext", database });
  // Registered first: today the server refuses a name that looks like a present one.
  await registerAccount(await openClient(before.port, "lines", { plaintext: true }), "ann");
  for (const index of given.keys()) {
    const client = await openClient(before.port, "lines", { plaintext: true });
    await registerAccount(client, `name${index}`);
    const channel = await firstChannel(client);
    expect(await statusOf(client, "send", { channel, content: `before number ${index}` })).toBe(200);
  }
  await before.close();
  const raw = new DatabaseSync(database);
  const rename = raw.prepare("update users set name = ? where name = ?");
  for (const [index, name] of given.entries()) expect(rename.run(name, `name${index}`).changes).toBe(1);
  raw.close();
  return await startStage({ database });
}

/** Serves the page in front of a scripted server. */
async function referenceStage(extensions: readonly string[] = []) {
  const reference = await ReferenceServer.start({ extensions });
  const bridge = await startLineBridge(() => reference.port);
  const page = await servePage(bridge.port);
  onTestFinished(async () => {
    await bridge[Symbol.asyncDispose]();
    await reference.stop();
  });
  return { reference, page };
}

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("renders malicious messages without scripts, overflow or hidden messages", async () => {
    const { page } = await startStage();
    const bob = await openPage(browser(), page.url);
    await register(bob, "bob");
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    for (const [index, text] of texts.entries()) {
      await say(ann, text);
      await say(ann, `after number ${index}`);
      await exactMessage(bob, `after number ${index}`).waitFor();
    }
    await isUnharmed(bob);
    await bob.reload();
    await message(bob, `after number ${texts.length - 1}`).waitFor();
    await isUnharmed(bob);
  });

  it("renders malicious names without scripts, spoofing or overflow", async () => {
    const { server, page } = await stageWithNames(names);
    const ann = await openPage(browser(), page.url);
    await signIn(ann, "ann", "secret");
    for (const [index, name] of names.entries()) {
      const other = await openClient(server.port, "lines", { plaintext: true });
      expect(await statusOf(other, "login", { uname: name, passwd: "secret" })).toBe(200);
      const channel = await firstChannel(other);
      expect(await statusOf(other, "send", { channel, content: `from number ${index}` })).toBe(200);
      await exactMessage(ann, `from number ${index}`).waitFor();
      await exactMessage(ann, `before number ${index}`).waitFor();
    }
    await isUnharmed(ann);
    const members = ann.getByRole("complementary", { name: "Members" }).getByRole("listitem");
    expect(await members.count()).toBeGreaterThanOrEqual(names.length);
    const authors = message(ann, /(?:from|before) number/).locator("header");
    const shown = [...(await members.allInnerTexts()), ...(await authors.allInnerTexts())];
    for (const text of shown) {
      expect(text.replaceAll("\n", " ")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
    const heights = await authors.evaluateAll((rows) =>
      rows.map((row) => row.getBoundingClientRect().height),
    );
    expect(heights.length).toBeGreaterThan(0);
    for (const height of heights) expect(height).toBeLessThan(40);
  });

  it("does not show invalid or oversized pictures", async () => {
    const { reference, page } = await referenceStage();
    const bomb = Buffer.alloc(60);
    Buffer.from("89504e470d0a1a0a0000000d49484452", "hex").copy(bomb);
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    const pictures = [
      bomb,
      Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="${script}"/>`),
      Buffer.from("GIF89a"),
    ];
    for (const [index, picture] of pictures.entries()) {
      reference.addAccount(`evil${index}`).pfp = picture.toString("base64");
    }
    const ann = await openPage(browser(), page.url);
    await signIn(ann, "ann", "secret");
    for (const account of reference.accounts) reference.say(`from ${account.name}`, account);
    await message(ann, "from evil2").waitFor();
    expect(
      await message(ann, /from evil/)
        .locator("img")
        .count(),
    ).toBe(0);
    await isUnharmed(ann);
  });

  it("keeps working whatever the server sends", async () => {
    const { reference, page } = await referenceStage([
      "cursor",
      "groups",
      "typing",
      "state",
      "markers",
      "nonce",
    ]);
    const ann = await openPage(browser(), page.url);
    await signIn(ann, "ann", "secret");
    const values: unknown[] = [
      null,
      -1,
      1e308,
      "",
      "x",
      [],
      {},
      [null],
      2 ** 53,
      "<script>",
      { toString: 1 },
    ];
    const commands =
      "content message_edited message_deleted get_metadata online list_channels list_groups list_emoji get_name get_icon read_marker channel_state typing API_version";
    const fields =
      "data uuid content author_uuid channel_uuid channel date message new_content key value unread";
    const [peer] = [...reference.peers];
    if (!peer) throw new Error("nobody is connected");
    for (const command of commands.split(" ")) {
      if (command === "API_version") continue;
      for (const value of values) {
        const packet: Json = { command, status: 200 };
        for (const field of fields.split(" ")) packet[field] = value;
        reference.tell(peer, packet);
      }
    }
    // A null list is accepted as an empty one.
    await ann.getByText("No channels yet").waitFor();
    reference.push({ command: "list_channels", data: reference.channels });
    // Well-formed packets with extreme values.
    for (const date of [1e15, -1e15, 0]) {
      reference.tell(peer, {
        command: "content",
        status: 200,
        uuid: 5e6 + Math.abs(date % 97),
        content: `at ${date}`,
        author_uuid: 1e6,
        channel_uuid: 201,
        date,
        edited: false,
        reply: 77,
      });
    }
    const endless = "word ".repeat(400_000);
    reference.say(endless);
    for (const value of [
      { v: 1 },
      { v: 1, player: {}, queue: 5, listen: "javascript:1" },
      "x".repeat(100_000),
    ]) {
      reference.tell(peer, {
        command: "channel_state",
        status: 200,
        channel: 201,
        key: "music",
        value,
        author_uuid: 1,
      });
    }
    reference.say("still here");
    await message(ann, "still here").waitFor({ timeout: 15_000 });
    await isUnharmed(ann);
    await say(ann, "me too");
    await message(ann, "me too").waitFor();
    expect(reference.messages.at(-1)?.content).toBe("me too");
  });

  it("works with a server without extensions, and asks for the password after a reload", async () => {
    const { reference, page } = await referenceStage();
    const ann = await openPage(browser(), page.url);
    await signIn(ann, "ann", "secret");
    await say(ann, "plain");
    await message(ann, "plain").waitFor();
    expect(reference.messages).toHaveLength(1);
    await composer(ann).fill("draft");
    await ann.reload();
    await ann.getByRole("heading", { name: /^Sign in to/ }).waitFor();
    expect(await ann.getByLabel("Name", { exact: true }).inputValue()).toBe("ann");
    await ann.getByLabel("Password").fill("secret");
    await ann.locator("form button[type=submit]").click();
    await message(ann, "plain").waitFor();
    expect(await composer(ann).inputValue()).toBe("draft");
    expect(await ann.evaluate(() => JSON.stringify(localStorage))).not.toContain("secret");
  });
});
