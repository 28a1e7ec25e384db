// Several servers in one page, with one list stored on the home server.

import { FaultProxy } from "@asterite/testkit";
import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";
import {
  composer,
  connectAs,
  exactMessage,
  openPage,
  ready,
  register,
  say,
  signIn,
  startFragileStage,
  startStage,
  useBrowser,
} from "../support/web.ts";

const plain = { tls: "insecure-plaintext" } as const;

const rail = (page: Page) => page.getByRole("navigation", { name: "Servers" });

/** Adds another server with a new account. */
async function join(page: Page, port: number, name: string): Promise<void> {
  await page.getByRole("button", { name: "Add a server" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a server" });
  await dialog.getByRole("button", { name: "Create account" }).click();
  await dialog.getByLabel("Server", { exact: true }).fill(`ws://127.0.0.1:${port}`);
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("Password").fill("other secret");
  await dialog.locator("button[type=submit]").click();
  await dialog.waitFor({ state: "hidden" });
}

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("counts messages of one server while another is open", async () => {
    const { page } = await startStage();
    const second = await startServer({ ...plain, name: "Second" });
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await join(ann, second.port, "annie");
    await rail(ann).getByRole("button", { name: "Garden" }).click();
    await ann.getByRole("heading", { name: "Garden" }).waitFor();
    const bob = await connectAs(second.port, { name: "bob" });
    await bob.channels[0]?.send("hello there");
    await rail(ann).getByRole("button", { name: "Second, 1 unread" }).waitFor();
    await bob.channels[0]?.send("hello @annie");
    await rail(ann).getByRole("button", { name: "Second, 1 mention" }).waitFor();
    // The account has different names on the two servers.
    await bob.channels[0]?.send("hello @ann");
    await expect.poll(() => ann.title()).toBe("(3) #general – Garden");

    await ann.keyboard.press("Control+k");
    await ann.getByRole("combobox").fill("second");
    await ann.keyboard.press("Enter");
    await exactMessage(ann, "hello there").waitFor();
    await say(ann, "hello bob");
    await exactMessage(ann, "hello bob").getByText("annie", { exact: true }).waitFor();
    await expect.poll(() => ann.title()).toBe("#general – Second");
    await ann.goBack();
    await ann.getByRole("heading", { name: "Garden" }).waitFor();
    expect(await exactMessage(ann, "hello bob").count()).toBe(0);
  });

  it("keeps one server working while the other is down", async () => {
    const { page } = await startStage();
    const second = await startServer({ ...plain, name: "Second" });
    const proxy = await FaultProxy.start({ port: second.port });
    onTestFinished(() => proxy.close());
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await join(ann, proxy.port, "annie");
    await ready(ann);
    proxy.inject({ type: "refuse" });
    proxy.cut();
    await ann.getByText("Connection lost").first().waitFor();
    await rail(ann).getByRole("button", { name: "Garden" }).click();
    await ann.getByText("Connected", { exact: true }).waitFor();
    await say(ann, "still here");
    await exactMessage(ann, "still here").waitFor();
    await rail(ann).getByRole("button", { name: "Second" }).click();
    await ann.getByText("Connection lost").first().waitFor();
    proxy.heal();
    await ann.getByText("Connected", { exact: true }).waitFor();
  });

  it("syncs a removal made while offline after reconnecting", async () => {
    const { page, server, proxy } = await startFragileStage();
    const second = await startServer({ ...plain, name: "Second" });
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await join(ann, second.port, "annie");
    const account = await connectAs(server.port, { name: "ann" });
    const listed = async () => (await account.command("sync_get_servers", {})).servers;
    await expect.poll(listed).toHaveLength(2);
    proxy.inject({ type: "refuse" });
    proxy.cut();
    await ann.getByRole("button", { name: "Server menu" }).click();
    await ann.getByRole("menuitem", { name: "Remove server" }).click();
    await ann.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await rail(ann).getByRole("button", { name: "Second" }).waitFor({ state: "detached" });
    await ann.reload();
    proxy.heal();
    await ready(ann);
    await expect.poll(listed).toHaveLength(1);
    expect(await rail(ann).getByRole("button", { name: "Second" }).count()).toBe(0);
  });

  it("syncs added and removed servers between browsers", async () => {
    const { page, server } = await startStage();
    const second = await startServer({ ...plain, name: "Second" });
    const home = await openPage(browser(), page.url);
    await register(home, "ann");
    await join(home, second.port, "annie");
    const self = await connectAs(server.port, { name: "ann" });
    const kept = async () => (await self.command("sync_get_servers", {})).servers;
    const listed = async () => (await kept()).map(({ port, uname }) => [port, uname]);
    await expect.poll(listed).toEqual([
      [page.port, "ann"],
      [second.port, "annie"],
    ]);

    const work = await openPage(browser(), page.url);
    await signIn(work, "ann", "secret");
    await expect.poll(() => rail(work).getByRole("listitem").count()).toBe(2);
    await rail(work)
      .getByRole("button", { name: /Second|127/ })
      .click();
    await work.getByRole("button", { name: "Server menu" }).click();
    await work.getByRole("menuitem", { name: "Remove server" }).click();
    await work.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await expect.poll(listed).toEqual([[page.port, "ann"]]);

    await home.reload();
    await ready(home);
    await expect.poll(() => rail(home).getByRole("listitem").count()).toBe(1);
    // No password is stored in the browser or on the servers.
    expect(await home.evaluate<string>("JSON.stringify({ ...localStorage, ...sessionStorage })")).not.toMatch(
      /secret/,
    );
    expect(await home.context().cookies()).toEqual([]);
    expect(JSON.stringify(await kept())).not.toContain("secret");
  });

  it("applies name and picture to the selected servers and the synced profile", async () => {
    const { page, server } = await startStage();
    const second = await startServer({ ...plain, name: "Second" });
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await join(ann, second.port, "annie");
    const there = await connectAs(second.port, { name: "bob" });
    await there.channels[0]?.send("taken");
    await rail(ann).getByRole("button", { name: "Garden" }).click();
    await ann.getByRole("button", { name: "Your account" }).click();
    const dialog = ann.getByRole("dialog", { name: "Your account" });
    const submit = async (name: string) => {
      await dialog.getByLabel("Name").fill(name);
      await dialog.getByRole("button", { name: "Save" }).click();
    };
    // A rejection by one server does not affect the other.
    await submit("bob");
    await dialog.getByText("Garden: Saved").waitFor();
    await dialog.getByText("Second: That name is already taken.").waitFor();
    await submit("anna");
    await dialog.getByText("Second: Saved").waitFor();
    await expect
      .poll(() => Array.from(there.peers.values(), ({ username }) => username))
      .toEqual(expect.arrayContaining(["anna", "bob"]));
    const self = await connectAs(server.port, { name: "anna" });
    expect((await self.fetchSync())?.uname).toBe("anna");
    await ann.keyboard.press("Escape");
    await composer(ann).waitFor();
  });
});
