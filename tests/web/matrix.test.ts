// Each disturbance of the page during each activity of the user: no text is lost, sent twice or out of order.

import type { Server } from "@asterite/aster";
import type { Fault, FaultProxy } from "@asterite/testkit";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { hasChromium, launchProfile } from "../support/chromium.ts";
import { type Heard, heardIn, listen, recordAudio, startMusic } from "../support/listening.ts";
import {
  composer,
  connectAs,
  exactMessage,
  fillStorage,
  message,
  openTab,
  pending,
  ready,
  register,
  say,
  signIn,
  startFragileStage,
  useBrowser,
} from "../support/web.ts";

/** State of one test: ann's browser, whose connections pass proxies, and the administrator beside it. */
interface Cell {
  readonly url: string;
  readonly port: number;
  /** Proxy of the connection to the chat server. */
  readonly proxy: FaultProxy;
  /** Proxy of the streams of music, if there is any. */
  streams?: FaultProxy;
  readonly admin: Server;
  context: BrowserContext;
  /** Page that the user looks at. */
  page: Page;
  /** Folder of the browser's profile, if it has one. */
  readonly profile: string | undefined;
}

/** What the user has under way. */
interface Activity {
  readonly name: string;
  begin(cell: Cell): Promise<void>;
  /** Expects that nothing is lost, finishes, and expects the result on the server. */
  check(cell: Cell, disturbance: Disturbance): Promise<void>;
}

interface Disturbance {
  readonly name: string;
  /** Browser that the disturbance needs; default: a fresh context. */
  readonly browser?: "profile" | "clock" | "history";
  /** Whether the user has to begin again to listen: the tab or its login has ended. */
  readonly endsListening?: boolean;
  /** Prepares the browser before the activity begins. */
  prepare?(cell: Cell): Promise<unknown>;
  /** Disturbs the page, delivers the held replies or loses them, and leaves the user in the channel. */
  run(cell: Cell): Promise<void>;
}

const channelItem = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Channels" }).getByRole("button", { name });
const editor = (page: Page) => page.getByRole("textbox", { name: "Edit message" });

/** Expects the texts of the channel on the server, in order, after those of the preparation. */
async function expectHistory({ admin }: Cell, ...texts: readonly string[]): Promise<void> {
  const history = await admin.getChannelByName("general")?.fetchHistory({ count: 50 });
  expect(history?.map(({ content }) => content)).toEqual(["a question", ...texts]);
}

/** Injects a fault into all connections of the browser. */
function inject({ proxy, streams }: Cell, fault: Fault): void {
  proxy.inject(fault);
  streams?.inject(fault);
}

function cut({ proxy, streams }: Cell): void {
  proxy.cut();
  streams?.cut();
}

/** Ends all faults. */
function heal({ proxy, streams }: Cell): void {
  proxy.heal();
  streams?.heal();
}

/** Holds back what the server sends, from now until the disturbance ends. */
const holdReplies = ({ proxy }: Cell) => proxy.inject({ type: "stall", direction: "toClient" });

async function openEditor({ page }: Cell, text: string): Promise<void> {
  await exactMessage(page, "first").hover();
  await exactMessage(page, "first").getByRole("button", { name: "Edit" }).click();
  await editor(page).fill(text);
}

/** Texts of which two are equal, as people repeat themselves. */
const texts = ["one", "two", "two", "three"];
const corrected = "first, corrected";

const activities: readonly Activity[] = [
  {
    name: "typing",
    begin: ({ page }) => composer(page).fill("half a sentence"),
    async check(cell) {
      const { page } = cell;
      await expect.poll(() => composer(page).inputValue()).toBe("half a sentence");
      await composer(page).press("Enter");
      await exactMessage(page, "half a sentence").waitFor();
      await expectHistory(cell, "first", "half a sentence");
    },
  },
  {
    name: "sending",
    async begin(cell) {
      const { page, admin } = cell;
      holdReplies(cell);
      const received = admin.waitFor("message");
      for (const text of texts) await say(page, text);
      await received;
    },
    async check(cell) {
      const { page } = cell;
      await exactMessage(page, "three").waitFor();
      await pending(page).waitFor({ state: "detached" });
      for (const text of texts) {
        const count = texts.filter((other) => other === text).length;
        await expect.poll(() => exactMessage(page, text).count()).toBe(count);
      }
      await expectHistory(cell, "first", ...texts);
    },
  },
  {
    name: "editing",
    begin: (cell) => openEditor(cell, corrected),
    async check(cell) {
      const { page } = cell;
      await expect.poll(() => editor(page).inputValue()).toBe(corrected);
      await editor(page).press("Enter");
      await message(page, corrected).waitFor();
      await expectHistory(cell, corrected);
    },
  },
  {
    name: "saving an edit",
    async begin(cell) {
      const { page, admin } = cell;
      await openEditor(cell, corrected);
      holdReplies(cell);
      const received = admin.waitFor("messageEdit");
      await editor(page).press("Enter");
      await received;
    },
    async check(cell) {
      await message(cell.page, corrected).waitFor();
      await expectHistory(cell, corrected);
    },
  },
  {
    name: "replying",
    async begin({ page }) {
      await message(page, "a question").hover();
      await page.getByRole("button", { name: "Reply to admin" }).click();
      await composer(page).fill("an answer");
    },
    async check(cell) {
      const { page, admin } = cell;
      await page.getByText("Replying to admin").waitFor();
      await expect.poll(() => composer(page).inputValue()).toBe("an answer");
      await composer(page).press("Enter");
      await exactMessage(page, "an answer").waitFor();
      await expectHistory(cell, "first", "an answer");
      const [question, , answer] = (await admin.getChannelByName("general")?.fetchHistory()) ?? [];
      expect(answer?.replyUuid).toBe(question?.uuid);
    },
  },
  {
    name: "listening",
    async begin(cell) {
      const { streams } = await startMusic(cell.port);
      cell.streams = streams;
      await listen(cell.page, "morning");
    },
    async check(cell, { endsListening = false }) {
      const { page, streams } = cell;
      heal(cell);
      if (endsListening) await page.getByRole("button", { name: "Listen", exact: true }).click();
      const tabs = () => Promise.all(tabsOf(cell).map(heardIn));
      const before = JSON.stringify(await tabs());
      const bytes = streams?.counts.toClient.passed ?? 0;
      await expect
        .poll(tabs, { timeout: 30_000 })
        .toSatisfy((all: Heard[]) => JSON.stringify(all) !== before && all.some(({ steps }) => steps > 2));
      await expect.poll(() => streams?.counts.toClient.passed).toBeGreaterThan(bytes);
      await expect.poll(() => streams?.counts.open).toBe(1);
    },
  },
];

/** Returns the tabs with the client. */
const tabsOf = ({ context, url }: Cell) => context.pages().filter((page) => page.url().startsWith(url));

/** Opens the client in another tab, which the user looks at from now on, once the connection works again. */
async function continueInNewTab(cell: Cell): Promise<void> {
  cell.page = await openTab(cell.context);
  await cell.page.goto(cell.url);
  await recover(cell);
}

/** Ends all faults of the connection. */
async function recover(cell: Cell): Promise<void> {
  heal(cell);
  await ready(cell.page);
}

const disturbances: readonly Disturbance[] = [
  {
    name: "a second tab",
    async run(cell) {
      await continueInNewTab(cell);
      await channelItem(cell.page, "other").click();
      await say(cell.page, "from the second tab");
      await exactMessage(cell.page, "from the second tab").waitFor();
      await channelItem(cell.page, "general").click();
    },
  },
  {
    name: "a reload",
    async run(cell) {
      await cell.page.reload();
      await recover(cell);
    },
  },
  {
    name: "a crash",
    endsListening: true,
    async run(cell) {
      const crashed = cell.page;
      const session = await cell.context.newCDPSession(crashed);
      const hasCrashed = crashed.waitForEvent("crash");
      // It is never answered.
      session.send("Page.crash").catch(() => {});
      await hasCrashed;
      await crashed.close();
      await continueInNewTab(cell);
    },
  },
  {
    name: "a lost connection",
    async run(cell) {
      inject(cell, { type: "refuse" });
      cut(cell);
      await cell.page.getByText("Connection lost").first().waitFor();
      await recover(cell);
    },
  },
  {
    name: "a slow connection",
    async run(cell) {
      inject(cell, { type: "delay", direction: "toServer", delayMs: 1500 });
      inject(cell, { type: "slow", direction: "toClient", bytesPerSecond: 2000 });
      await ready(cell.page);
    },
  },
  {
    name: "a wake-up after hours",
    browser: "clock",
    async run(cell) {
      const { page } = cell;
      inject(cell, { type: "drop" });
      await page.clock.fastForward("03:00:00");
      await page.evaluate("dispatchEvent(new Event('focus'))");
      await page.getByText("Connection lost").first().waitFor();
      cut(cell);
      await recover(cell);
    },
  },
  {
    name: "a restart of the browser",
    browser: "profile",
    endsListening: true,
    async run(cell) {
      await cell.context.close();
      cell.context = await openProfile(cell.profile);
      await continueInNewTab(cell);
    },
  },
  {
    name: "a way back from another page",
    browser: "history",
    async run(cell) {
      const { page } = cell;
      await page.locator("html").evaluate(({ dataset }) => {
        dataset["left"] = "as it is";
      });
      await page.goto(cell.url.replace("127.0.0.1", "localhost"));
      // Not goBack, which waits for a load that a page as it was left does not have.
      // In a task of its own: the call must have returned before its page is left.
      await page.evaluate("void setTimeout(() => history.back())");
      await page.waitForURL(({ hostname }) => hostname === "127.0.0.1", { waitUntil: "commit" });
      expect(await page.locator("html").getAttribute("data-left")).toBe("as it is");
      await recover(cell);
    },
  },
  {
    name: "a full storage",
    prepare: ({ page }) => fillStorage(page),
    async run(cell) {
      const { page } = cell;
      await channelItem(page, "other").click();
      await page.getByRole("textbox", { name: "Message to #other" }).waitFor();
      await channelItem(page, "general").click();
      await page.getByText("Your browser can't store any more data for this page.").waitFor();
      heal(cell);
    },
  },
  {
    name: "a refused token",
    endsListening: true,
    async run(cell) {
      const ann = await connectAs(cell.port, { name: "ann" });
      await ann.account.changePassword("better secret", { oldPassword: "secret" });
      cut(cell);
      heal(cell);
      await signIn(cell.page, "ann", "better secret");
    },
  },
];

async function openProfile(folder = ""): Promise<BrowserContext> {
  const context = await launchProfile(folder);
  await context.addInitScript(recordAudio);
  onTestFinished(() => context.close());
  return context;
}

async function openContext(browser: Browser, profile: string | undefined): Promise<BrowserContext> {
  if (profile !== undefined) return openProfile(profile);
  const context = await browser.newContext({ serviceWorkers: "block" });
  await context.addInitScript(recordAudio);
  onTestFinished(() => context.close());
  return context;
}

async function openCell(browser: Browser, kind: Disturbance["browser"]): Promise<Cell> {
  const { page: client, server, proxy } = await startFragileStage();
  const admin = await connectAs(server.port);
  await admin.createChannel("other");
  await admin.getChannelByName("general")?.send("a question");
  const profile = kind === "profile" || kind === "history" ? await temporaryFolder() : undefined;
  const context = await openContext(browser, profile);
  if (kind === "clock") await context.clock.install();
  const page = await openTab(context);
  await page.goto(client.url);
  await register(page, "ann");
  const said = admin.waitFor("message");
  await say(page, "first");
  await Promise.all([said, exactMessage(page, "first").waitFor(), message(page, "a question").waitFor()]);
  return { url: client.url, port: server.port, proxy, admin, context, page, profile };
}

const product = disturbances.flatMap((disturbance) =>
  activities.map((activity) => ({ of: disturbance.name, during: activity.name, disturbance, activity })),
);

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it.each(product)("survives $of while $during", async ({ disturbance, activity }) => {
    const cell = await openCell(browser(), disturbance.browser);
    await disturbance.prepare?.(cell);
    let edits = 0;
    cell.admin.on("messageEdit", () => edits++);
    await activity.begin(cell);
    await disturbance.run(cell);
    await activity.check(cell, disturbance);
    expect(edits).toBeLessThanOrEqual(1);
    // The other tabs agree that nothing is left to do.
    for (const tab of tabsOf(cell)) {
      await expect.poll(() => composer(tab).inputValue()).toBe("");
      await expect.poll(() => pending(tab).count()).toBe(0);
      await editor(tab).waitFor({ state: "detached" });
    }
  });
});
