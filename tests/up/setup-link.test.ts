// The set-up link in a browser: the first person who registers with it becomes the administrator.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { jsonLine, launch } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { asteriteExecutable, readSetupLink, temporaryFolder } from "../support/asterite.ts";
import { hasChromium } from "../support/chromium.ts";
import { exactMessage, openPage, ready, say, signIn, useBrowser } from "../support/web.ts";

/** Runs a program on a terminal of its own. */
const terminal = "/usr/bin/script";
const phone = { viewport: { width: 360, height: 640 } };

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("creates the administrator once, and tells later visitors", { timeout: 180_000 }, async () => {
    const cwd = await temporaryFolder();
    const up = await launch({
      command: process.execPath,
      args: [asteriteExecutable, "up", "--host", "127.0.0.1", "--port", "0", "--web-port", "0"],
      cwd,
      env: { ASTERITE_REGISTRATION: "closed" },
      readyWhen: jsonLine({ msg: "ready", service: "asterite" }),
      timeoutMs: 90_000,
    });
    onTestFinished(async () => void (await up.stop()));
    const link = await readSetupLink(join(cwd, "data"));
    const [ann, bob] = [await openPage(browser(), link, phone), await openPage(browser(), link)];
    const fill = async (page: typeof ann, name: string, repeated: string) => {
      await page.getByRole("heading", { name: "Set up your server" }).waitFor();
      await page.getByLabel("Name", { exact: true }).fill(name);
      await page.getByLabel("Password", { exact: true }).fill("a long secret");
      await page.getByLabel("Repeat password").fill(repeated);
      await page.getByRole("button", { name: "Create account" }).click();
    };

    await fill(ann, "ann", "another secret");
    await ann.getByText("The passwords don't match.").waitFor();
    expect(await ann.evaluate("document.documentElement.scrollWidth")).toBe(360);
    await ann.getByLabel("Repeat password").fill("a long secret");
    await ann.getByRole("button", { name: "Create account" }).click();
    await ready(ann);
    await say(ann, "it is mine");
    await exactMessage(ann, "it is mine").waitFor();
    expect(ann.url()).not.toContain("setup");

    await fill(bob, "bob", "a long secret");
    await bob.getByText("This link was used already").waitFor();
    await bob.getByRole("button", { name: "Sign in instead" }).click();
    await signIn(bob, "ann", "a long secret");
    await exactMessage(bob, "it is mine").waitFor();
    await bob.getByRole("button", { name: "Server menu" }).click();
    await bob.getByRole("menuitem", { name: "Server settings" }).click();
    await bob.getByRole("tab", { name: "Audit log" }).waitFor();
    await bob.keyboard.press("Escape");

    // A link that is pasted into the address bar of an open page.
    await bob.evaluate(`location.hash = ${JSON.stringify("#setup=unknown")}`);
    await fill(bob, "carl", "a long secret");
    await bob.getByText("This link isn't valid, and the server creates no other accounts.").waitFor();
    await bob.getByRole("button", { name: "Sign in instead" }).click();
    await ready(bob);
  });

  it("is printed on a terminal, and leads through the set-up in German", {
    timeout: 180_000,
    skip: !existsSync(terminal),
  }, async () => {
    const cwd = await temporaryFolder();
    const command = [process.execPath, asteriteExecutable, "up", "--host", "127.0.0.1", "--port", "0"];
    // `exec`: a shell that waited for the program would end by Ctrl-C before it, with an exit code of its own.
    const line = ["exec", ...[...command, "--web-port", "0"].map((part) => `'${part}'`)].join(" ");
    const up = await launch({
      command: terminal,
      args: ["-qec", line, "/dev/null"],
      cwd,
      readyWhen: /Stop with/,
      timeoutMs: 90_000,
    });
    onTestFinished(async () => void (await up.stop()));
    const banner = up.stdout.map((line) => stripVTControlCharacters(line).trim());
    const [, link = ""] = /^Set up\s+(http:\S+)$/m.exec(banner.join("\n")) ?? [];
    expect(link).toMatch(/^http:\/\/localhost:\d+\/#setup=[\w-]{43}$/);
    expect(banner).toContain("open this link once, to choose the administrator's name and password");
    expect(existsSync(join(cwd, "data", "setup-link"))).toBe(false);

    const page = await openPage(browser(), link, { ...phone, locale: "de-DE" });
    await page.getByRole("heading", { name: "Server einrichten" }).waitFor();
    await page.getByText("Erstelle dein Konto. Es verwaltet diesen Server.").waitFor();
    await page.getByLabel("Name", { exact: true }).fill("änne");
    await page.getByLabel("Passwort", { exact: true }).fill("ein langes Geheimnis");
    await page.getByLabel("Passwort wiederholen").fill("ein anderes Geheimnis");
    await page.getByRole("button", { name: "Konto erstellen" }).click();
    await page.getByText("Die Passwörter stimmen nicht überein.").waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    await page.getByLabel("Passwort wiederholen").fill("ein langes Geheimnis");
    await page.getByRole("button", { name: "Konto erstellen" }).click();
    await page.getByRole("textbox", { name: /^Nachricht an/ }).waitFor();
    expect(await page.evaluate("document.documentElement.lang")).toBe("de");

    // Ctrl-C, as the banner says.
    await up.write("\u0003");
    expect((await up.exited).code).toBe(0);
  });
});
