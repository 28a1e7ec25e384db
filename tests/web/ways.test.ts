// Finding one's way: the browser's history, panels on phones and the profile card.

import { Permissions } from "@asterite/aster";
import { describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import {
  administrator,
  composer,
  connectAs,
  message,
  openPage,
  register,
  signIn,
  startStage,
  useBrowser,
} from "../support/web.ts";

const phone = { width: 360, height: 740 };

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("goes back through panels, dialogs and channels, and keeps the place over a reload", async () => {
    const { page, server } = await startStage();
    const admin = await connectAs(server.port);
    for (const name of ["attic", "cellar"]) await admin.createChannel(name);
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const members = ann.getByRole("complementary", { name: "Members" });
    const drawer = ann.getByRole("navigation", { name: "Channels" });
    const inChannel = (name: string) => ann.getByRole("textbox", { name: `Message to #${name}` }).waitFor();
    await members.waitFor();
    await drawer.getByRole("button", { name: "attic" }).click();
    await inChannel("attic");
    await expect.poll(() => ann.title()).toBe("#attic – Garden");
    await ann.getByRole("button", { name: "Search" }).click();
    const search = ann.getByRole("complementary", { name: "Search" });
    await search.getByRole("button", { name: "Close" }).click();
    await members.waitFor();
    await ann.keyboard.press("Control+Shift+f");
    await search.waitFor();
    await ann.goBack();
    await members.waitFor();
    await inChannel("attic");
    // The list would cover the conversation on a phone.
    await ann.setViewportSize(phone);
    await members.waitFor({ state: "detached" });

    const openDrawer = () => ann.getByRole("button", { name: "Show channels" }).click();
    await openDrawer();
    await drawer.waitFor();
    await ann.goBack();
    await drawer.waitFor({ state: "hidden" });
    await inChannel("attic");
    await openDrawer();
    await drawer.getByRole("button", { name: "cellar" }).click();
    await drawer.waitFor({ state: "hidden" });
    await inChannel("cellar");
    // Closed with its button, a panel leaves no step behind.
    await ann.getByRole("button", { name: "Members" }).click();
    await members.getByRole("button", { name: "Close" }).click();
    await members.waitFor({ state: "detached" });
    await ann.getByRole("button", { name: "Members" }).click();
    await members.waitFor();
    await ann.goBack();
    await members.waitFor({ state: "detached" });
    await inChannel("cellar");
    await ann.reload();
    await inChannel("cellar");
    await ann.goBack();
    await inChannel("attic");
    await openDrawer();
    await ann.getByRole("button", { name: "Preferences" }).click();
    await ann.getByRole("dialog").waitFor();
    await ann.goBack();
    await ann.getByRole("dialog").waitFor({ state: "detached" });
    await drawer.waitFor();
    await ann.goBack();
    await drawer.waitFor({ state: "hidden" });
    await ann.goBack();
    await inChannel("general");
    await ann.goForward();
    await inChannel("attic");
    await composer(ann).waitFor();
  });

  it("opens a profile card from names, as a sheet on phones, and manages members in it", async () => {
    const { page, server } = await startStage();
    const admin = await connectAs(server.port);
    const position = Math.max(...admin.groups.map((group) => group.position)) + 1;
    await admin.createGroup("crew", { permissions: Permissions.none, colour: 0x2f80ed, position });
    const bob = await connectAs(server.port, { name: "bob" });
    await admin.admin.setBot(bob.selfUuid ?? 0, true);
    const ada = await openPage(browser(), page.url, { permissions: ["clipboard-read", "clipboard-write"] });
    await signIn(ada, administrator.name, administrator.password);
    await bob.getChannelByName("general")?.send("hello @admin");
    const row = message(ada, "hello @admin");
    await row.getByText("BOT").waitFor();
    // The server's default picture is not shown in place of initials.
    expect(await row.locator("img").count()).toBe(0);
    await row.getByText("B", { exact: true }).waitFor();

    const card = ada.getByRole("dialog", { name: "Profile" });
    await row.focus();
    await ada.keyboard.press("Tab");
    await ada.keyboard.press("Enter");
    await card.getByText("bob", { exact: true }).waitFor();
    await card.getByText("BOT").waitFor();
    await card.getByText("Online").waitFor();
    await card.getByRole("button", { name: "Copy name" }).click();
    await card.getByRole("button", { name: "Copied" }).waitFor();
    expect(await ada.evaluate<string>("navigator.clipboard.readText()")).toBe("bob");
    await card.getByRole("button", { name: "Mention" }).click();
    await card.waitFor({ state: "detached" });
    await expect.poll(() => composer(ada).inputValue()).toBe("@bob ");
    await expect
      .poll(() => composer(ada).evaluate((field) => field === field.ownerDocument.activeElement))
      .toBe(true);

    // The mention leads to the account itself.
    await row.getByRole("button", { name: "@admin" }).click();
    await card.getByText("you", { exact: false }).waitFor();
    expect(await card.getByRole("button", { name: "Ban" }).count()).toBe(0);
    await ada.goBack();
    await card.waitFor({ state: "detached" });

    await ada.setViewportSize(phone);
    await ada.getByRole("button", { name: "Members" }).click();
    await ada.getByRole("complementary", { name: "Members" }).getByRole("button", { name: /bob/ }).click();
    const sheet = async () => {
      const box = await card.boundingBox();
      return box && { left: box.x, width: box.width, bottom: box.y + box.height };
    };
    // It slides in.
    await expect.poll(sheet).toEqual({ left: 0, width: phone.width, bottom: phone.height });
    await card.getByRole("checkbox", { name: "crew" }).check();
    await expect.poll(() => bob.self?.groups.length).toBe(1);
    await card.getByRole("button", { name: "Ban" }).click();
    await ada.getByRole("dialog", { name: "Ban bob?" }).getByRole("button", { name: "Ban" }).click();
    await card.getByRole("button", { name: "Unban" }).click();
    await card.getByRole("button", { name: "Ban" }).waitFor();
  });
});
