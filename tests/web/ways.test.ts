// Finding one's way: the browser's history, panels on phones and the profile card.

import { describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { composer, connectAs, openPage, register, startStage, useBrowser } from "../support/web.ts";

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
});
