// Passwords, sessions, profile pictures and server outages.

import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";
import {
  composer,
  exactMessage,
  messages,
  openPage,
  pending,
  ready,
  register,
  say,
  signIn,
  startFragileStage,
  startStage,
  useBrowser,
} from "../support/web.ts";

/** PNG whose left half is red. */
const halves = async (page: Page): Promise<Buffer> =>
  Buffer.from(
    await page.evaluate<string>(`(() => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 400, height: 100 });
      const context = canvas.getContext("2d");
      for (const [colour, left] of [["#f00", 0], ["#00f", 200]]) {
        context.fillStyle = colour;
        context.fillRect(left, 0, 200, 100);
      }
      return canvas.toDataURL("image/png").split(",")[1];
    })()`),
    "base64",
  );

/** Returns the colour in the centre of a picture as rendered. */
const middleOf = (page: Page, selector: string) =>
  page.evaluate<number[]>(`(() => {
    const image = document.querySelector(${JSON.stringify(selector)});
    const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
    context.drawImage(image, image.naturalWidth / 2, image.naturalHeight / 2, 1, 1, 0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  })()`);

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("reports a wrong password and keeps the form input", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await ann.getByLabel("Name", { exact: true }).fill("nobody");
    await ann.getByLabel("Password").fill("x");
    await ann.locator("form button[type=submit]").click();
    await ann.getByText("No account with that name.").waitFor();
    expect(await ann.getByLabel("Name", { exact: true }).inputValue()).toBe("nobody");
    await ann.getByRole("button", { name: "Use another server" }).click();
    await ann.getByLabel("Server", { exact: true }).fill("ws://127.0.0.1:1");
    await ann.locator("form button[type=submit]").click();
    await ann.getByText("Can't reach the server.").waitFor();
    expect(await ann.getByRole("link").count()).toBe(0);
    await ann.getByLabel("Server", { exact: true }).fill("wss://127.0.0.1:1");
    await ann.locator("form button[type=submit]").click();
    const link = ann.getByRole("link", { name: "Open the server to check and accept its certificate" });
    expect(await link.getAttribute("href")).toBe("https://127.0.0.1:1/");
  });

  it("ends other sessions when the password changes and keeps this one after a reload", async () => {
    const { page } = await startStage();
    const first = await openPage(browser(), page.url);
    await register(first, "ann");
    const second = await openPage(browser(), page.url);
    await signIn(second, "ann", "secret");
    await first.getByRole("button", { name: "Your account" }).click();
    const dialog = first.getByRole("dialog", { name: "Your account" });
    await dialog.getByRole("tab", { name: "Sessions" }).click();
    await expect.poll(() => dialog.getByRole("listitem").count()).toBe(2);
    await dialog.getByText("This device").waitFor();
    await dialog.getByRole("tab", { name: "Password" }).click();
    await dialog.getByLabel("Current password").fill("secret");
    await dialog.getByLabel("New password").fill("better secret");
    await dialog.getByRole("button", { name: "Change password" }).click();
    await dialog.getByText("Password changed.").waitFor();
    await first.reload();
    await ready(first);
    await second.reload();
    await second.getByRole("heading", { name: /^Sign in to/ }).waitFor();
    await second.getByLabel("Password").fill("better secret");
    await second.locator("form button[type=submit]").click();
    await ready(second);
  });

  it("revokes the session on the server when signing out", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const token = await ann.evaluate<string>(
      `JSON.parse(Object.entries(localStorage).find(([key]) => key.startsWith("asterite.server "))[1]).token`,
    );
    await ann.getByRole("button", { name: "Server menu" }).click();
    await ann.getByRole("menuitem", { name: "Sign out" }).click();
    await ann.getByRole("heading", { name: /^Sign in to/ }).waitFor();
    expect(await ann.evaluate<string>("JSON.stringify(localStorage)")).not.toContain(token);
    await ann.getByLabel("Password").fill("secret");
    await ann.locator("form button[type=submit]").click();
    await ready(ann);
    await ann.getByRole("button", { name: "Your account" }).click();
    await ann.getByRole("tab", { name: "Sessions" }).click();
    await expect.poll(() => ann.getByRole("dialog").getByRole("listitem").count()).toBe(1);
  });

  it("crops a picture by keyboard, reports a failed save and retries it", async () => {
    const { page, proxy } = await startFragileStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await ann.getByRole("button", { name: "Your account" }).click();
    const dialog = ann.getByRole("dialog", { name: "Your account" });
    const file = dialog.getByLabel("Choose a picture").first();
    await file.setInputFiles({ name: "me.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await dialog.getByText("This file isn't a supported image.").waitFor();

    await file.setInputFiles({ name: "me.png", mimeType: "image/png", buffer: await halves(ann) });
    await dialog.getByRole("img", { name: /Drag to reposition/ }).focus();
    for (let step = 0; step < 20; step++) await ann.keyboard.press("ArrowRight");
    await dialog.getByRole("button", { name: "Use this picture" }).click();
    await expect.poll(() => dialog.getByText("This file cannot be read").count()).toBe(0);
    await expect.poll(() => middleOf(ann, "dialog .avatar img")).toEqual([0, 0, 255, 255]);

    // The connection breaks during the upload.
    proxy.inject({ type: "stall", direction: "toServer" });
    await dialog.getByRole("button", { name: "Save" }).click();
    proxy.inject({ type: "refuse" });
    proxy.cut();
    await dialog.getByRole("alert").filter({ hasText: "You're not connected right now." }).waitFor();
    proxy.heal();
    await ann.getByText("Connected", { exact: true }).waitFor();
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("Garden: Saved").waitFor();
    await ann.keyboard.press("Escape");
    const bob = await openPage(browser(), page.url);
    await register(bob, "bob");
    const picture = "aside [role=listitem] img";
    await bob.locator(picture).first().waitFor();
    await expect.poll(() => middleOf(bob, picture)).toEqual([0, 0, 255, 255]);
  });

  it("does not send pending messages of the previous account", async () => {
    const { page, proxy } = await startFragileStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    proxy.inject({ type: "refuse" });
    proxy.cut();
    await ann.getByText("Connection lost").first().waitFor();
    await say(ann, "only ann says this");
    await ann.getByText("Waiting for connection").waitFor();
    await ann.getByRole("button", { name: "Server menu" }).click();
    await ann.getByRole("menuitem", { name: "Sign out" }).click();
    proxy.heal();
    await register(ann, "bob");
    const held = pending(ann).filter({ hasText: "only ann says this" });
    await held.getByText("Not sent").waitFor();
    await say(ann, "bob says this");
    await exactMessage(ann, "bob says this").getByText("bob", { exact: true }).waitFor();
    await held.getByRole("button", { name: "Discard" }).click();
    await expect.poll(() => pending(ann).count()).toBe(0);
    expect(await messages(ann).count()).toBe(1);
  });

  it("connects once the server is up when opened during an outage", async () => {
    const { page, server } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    page.targetPort = 1;
    await server.close({ graceMs: 100 });
    await ann.reload();
    await ann.getByText("Connection lost").first().waitFor();
    const again = await startServer({ tls: "insecure-plaintext" });
    page.targetPort = again.port;
    // The new server has another database, so that it is another server.
    await ann.getByRole("heading", { name: "This isn't Garden" }).waitFor({ timeout: 15_000 });
    await ann.getByRole("button", { name: "Create account" }).click();
    await ann.getByLabel("Password").fill("secret");
    await ann.locator("form button[type=submit]").click();
    await composer(ann).waitFor();
    await say(ann, "here");
    await exactMessage(ann, "here").waitFor();
  });
});
