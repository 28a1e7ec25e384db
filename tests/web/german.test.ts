// The page in German: every text must come from the German catalogue.

import { readFileSync } from "node:fs";
import { de } from "@asterite/web/texts/de";
import { de as music } from "@asterite/web/texts/music";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import {
  administrator,
  connectAs,
  exactMessage,
  message,
  openPage,
  startStage,
  useBrowser,
} from "../support/web.ts";
import { demoMusic } from "./demo-server.test-support.ts";

/** Names of users, servers and tracks, and language-independent words. */
const data = new Set(
  `admin DJ Garden general crew leaf :leaf: #general @admin Asterite English Deutsch hallo hm code ts c
  example.org Alt Esc Slow|Morning Rain|on|Tin Northbound Blue|Hour The|Asterites Low|Tide Cassette|Weather mira jonas cleo
  from: in: before: after: has:link`
    .split(/\s+/)
    .map((word) => word.replaceAll("|", " ").toLowerCase()),
);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Patterns of the catalogue texts with any value for placeholders, optionally with data before or after. */
const texts = Object.values({ ...de, ...music }).map((text) => {
  const pattern = text
    .split(/\{\w+\}/)
    .map(escaped)
    .join(".+");
  return new RegExp(`^(?:\\S+: )?\\(?${pattern}\\)?(?:: .+|, .+)?[.:]?$`, "s");
});

const month = "Jan|Feb|März|Apr|Mai|Juni|Juli|Aug|Sept?|Okt|Nov|Dez";
const date = new RegExp(
  `^(?:\\w+, )?\\d{1,2}\\.(?: (?:${month})\\w*\\.? |\\d\\d\\.)\\d{4}(?:, \\d\\d:\\d\\d)?$`,
);

const isGerman = (text: string): boolean =>
  !/\p{L}/u.test(text) ||
  /^[A-Z]$/.test(text) ||
  data.has(text.toLowerCase()) ||
  date.test(text) ||
  /^Asterite web \(\w+, \w+\)$/.test(text) ||
  // Names of the emoji table, which has its own test.
  / Hautfarbe$/.test(text) ||
  texts.some((pattern) => pattern.test(text));

/** Collects all visible, accessible and tooltip texts of the page. */
const collect = `(() => {
  const found = new Set();
  const walk = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true })) return;
    for (const name of ["aria-label", "title", "placeholder", "alt", "aria-valuetext", "aria-description"]) {
      if (element.hasAttribute(name)) found.add(element.getAttribute(name));
    }
    if (element.matches("code, pre, option:not(:checked)")) return;
    if (element.matches("kbd")) return element.textContent.split(" ").forEach((key) => found.add(key));
    for (const child of element.childNodes) {
      if (child instanceof Text) found.add(child.data);
      else if (child instanceof Element) walk(child);
    }
  };
  walk(document.body);
  return [...found].flatMap((text) => text.split(" · ")).map((text) => text.replace(/\\s+/g, " ").trim());
})()`;

/** Fails for each text of a view that is not in German. */
async function check(page: Page, view: string): Promise<void> {
  const foreign = (await page.evaluate<string[]>(collect)).filter((text) => !isGerman(text));
  expect.soft(foreign, view).toEqual([]);
}

it("has words in the audit log for every documented reason of a refusal", () => {
  const documentation = readFileSync(new URL("../../docs/aster-extensions.md", import.meta.url), "utf8");
  const kinds = Array.from(documentation.matchAll(/^\| `(\w+)[^`]*` +\| \d{3}/gm), ([, kind]) => kind);
  expect(kinds).toContain("wrong_password");
  expect(Object.keys(de)).toEqual(expect.arrayContaining(kinds.map((kind) => `auditReason.${kind}`)));
});

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("shows every view in German in a German browser", async () => {
    const { page, server } = await startStage();
    const bot = await connectAs(server.port, { name: "DJ" });
    const [channel] = bot.channels;
    await channel?.setState("music", demoMusic(Date.now()));
    await channel?.send("hallo");

    const admin = await openPage(browser(), page.url, { locale: "de-DE" });
    const press = (name: string) => admin.getByRole("button", { name, exact: true }).click();
    const leave = () => admin.keyboard.press("Escape");
    await admin.getByRole("button", { name: "Anderen Server verwenden" }).click();
    await admin.locator("form button[type=submit]").click();
    await check(admin, "signing in elsewhere");
    await press("Zurück");
    await admin.getByLabel("Name", { exact: true }).fill(administrator.name);
    await admin.getByLabel("Passwort").fill("wrong");
    await admin.locator("form button[type=submit]").click();
    await admin.getByText(de["error.wrongPassword"]).waitFor();
    expect(await admin.locator("html").getAttribute("lang")).toBe("de");
    await check(admin, "a wrong password");
    await admin.getByLabel("Passwort").fill(administrator.password);
    await admin.locator("form button[type=submit]").click();

    const composer = admin.getByRole("textbox", { name: "Nachricht an #general" });
    await exactMessage(admin, "hallo").waitFor();
    await admin.getByRole("button", { name: "3 in der Warteschlange" }).click();
    await exactMessage(admin, "hallo").hover();
    await check(admin, "a conversation with music");
    await press("DJ antworten");
    await composer.fill("```ts\nconst a = 1;\n```\n![c](https://example.org/c.png) @admin ||hm||");
    await composer.press("Enter");
    await message(admin, "const a").locator(".keyword").waitFor();
    await admin.getByText(de["messages.sending"]).waitFor({ state: "detached" });
    await composer.press("ArrowUp");
    await admin.getByRole("textbox", { name: "Nachricht bearbeiten" }).waitFor();
    await check(admin, "replying and editing");
    await leave();
    await press("Emoji");
    await admin.getByRole("dialog").getByRole("button", { name: "Katzengesicht" }).waitFor();
    // Emoji names come from the emoji table, which has its own test.
    await admin.getByRole("searchbox").fill("nichts davon");
    await check(admin, "the emoji picker");
    await leave();

    await press("Suche");
    await check(admin, "searching");
    await admin.getByRole("searchbox", { name: "Nachrichten durchsuchen" }).fill("hallo");
    await admin.keyboard.press("Enter");
    await admin.getByText("1 Treffer").waitFor();
    await check(admin, "something found");
    await admin.getByRole("searchbox", { name: "Nachrichten durchsuchen" }).fill("nirgends");
    await admin.keyboard.press("Enter");
    await admin.getByText("Keine Treffer").waitFor();
    await check(admin, "nothing found");

    await admin.keyboard.press("Control+k");
    await admin.getByRole("combobox").waitFor();
    await check(admin, "switching");
    await leave();
    await press("Servermenü");
    await check(admin, "the server's menu");
    await admin.getByRole("menuitem", { name: "Servereinstellungen" }).click();
    const dialog = admin.getByRole("dialog");
    for (const key of ["overview", "channels", "groups", "members", "emoji", "bans"] as const) {
      const name = de[`settings.${key}`];
      await dialog.getByRole("tab", { name }).click();
      await check(admin, name);
      const edit = dialog.getByRole("button", { name: /^Bearbeiten/ }).last();
      if ((key !== "channels" && key !== "groups") || (await edit.count()) === 0) continue;
      await edit.click();
      await check(admin, `${name}, one of them`);
    }
    await leave();
    await admin.getByRole("button", { name: "Dein Konto" }).click();
    for (const key of ["profile", "password", "sessions"] as const) {
      await dialog.getByRole("tab", { name: de[`account.${key}`] }).click();
      await admin.waitForTimeout(200);
      await check(admin, key);
    }
    await leave();
    await press("Einstellungen");
    await admin.getByRole("dialog", { name: de["preferences.title"] }).waitFor();
    await check(admin, "preferences");
    await press("Tastenkürzel");
    await admin.getByRole("dialog", { name: de["shortcuts.title"] }).waitFor();
    await check(admin, "shortcuts");
    await leave();
    await leave();
    await press("Server hinzufügen");
    await check(admin, "adding a server");
    await leave();

    await message(admin, "const a").hover();
    await message(admin, "const a").getByRole("button", { name: "Löschen" }).click();
    await admin.getByRole("heading", { name: de["messages.deleteTitle"] }).waitFor();
    await leave();
    await server.close({ graceMs: 100 });
    await composer.fill("hm");
    await composer.press("Enter");
    await admin.getByText(de["status.lost"]).first().waitFor();
    // The first reconnect has failed.
    await admin.getByText(de["error.unreachable"]).first().waitFor();
    await check(admin, "without a connection");
  });

  it("changes the language immediately and remembers it", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url, { locale: "de-DE" });
    await ann.getByRole("heading", { name: "Willkommen" }).waitFor();
    await ann.getByRole("button", { name: "Konto erstellen" }).first().click();
    await ann.getByLabel("Name", { exact: true }).fill("ann");
    await ann.getByLabel("Passwort").fill("secret");
    await ann.locator("form button[type=submit]").click();
    await ann.getByRole("button", { name: "Einstellungen" }).click();
    await ann.getByLabel("Sprache").selectOption("English");
    await ann.getByRole("dialog", { name: "Preferences" }).waitFor();
    await ann.getByText("No messages yet").waitFor();
    // Verifies that the check itself finds English texts.
    const foreign = (await ann.evaluate<string[]>(collect)).filter((text) => !isGerman(text));
    expect(foreign).toEqual(
      expect.arrayContaining(["Appearance", "Notify me when I'm mentioned", "No messages yet"]),
    );
    expect(await ann.locator("html").getAttribute("lang")).toBe("en");
    await ann.reload();
    await ann.getByRole("textbox", { name: "Message to #general" }).waitFor();
    expect(await ann.locator("html").getAttribute("lang")).toBe("en");
  });
});
