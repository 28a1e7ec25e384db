// Messages that are written while the connection is made, without nonces or in a channel that is deleted.

import { FaultProxy } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { startLineBridge } from "../support/line-bridge.ts";
import { ReferenceServer } from "../support/reference-server.ts";
import {
  composer,
  connectAs,
  exactMessage,
  openHeldPage,
  openPage,
  pending,
  ready,
  register,
  say,
  servePage,
  signIn,
  startFragileStage,
  startStage,
  useBrowser,
} from "../support/web.ts";

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("sends what was written while the server had not replied to the greeting", async () => {
    const { page, server, proxy } = await startFragileStage();
    const admin = await connectAs(server.port);
    const { page: ann, hold, held } = await openHeldPage(browser(), page.url);
    await register(ann, "ann");
    proxy.inject({ type: "refuse" });
    proxy.cut();
    await ann.getByText("Connection lost").first().waitFor();
    await say(ann, "one");
    const release = hold("server");
    proxy.heal();
    await expect.poll(held).toBeGreaterThan(0);
    for (const text of ["two", "three"]) await say(ann, text);
    expect(await pending(ann).count()).toBe(3);
    release();
    await exactMessage(ann, "three").waitFor();
    await pending(ann).first().waitFor({ state: "detached" });
    const history = await admin.getChannelByName("general")?.fetchHistory();
    expect(history?.map(({ content }) => content)).toEqual(["one", "two", "three"]);
  });

  it("sends what was written while away to a server without nonces", async () => {
    const reference = await ReferenceServer.start({ extensions: [] });
    const bridge = await startLineBridge(() => reference.port);
    const proxy = await FaultProxy.start({ port: bridge.port });
    onTestFinished(async () => {
      await proxy.close();
      await bridge[Symbol.asyncDispose]();
      await reference.stop();
    });
    const page = await servePage(proxy.port);
    const ann = await openPage(browser(), page.url);
    await signIn(ann, "ann", "secret");
    await say(ann, "before");
    await exactMessage(ann, "before").waitFor();
    proxy.inject({ type: "refuse" });
    proxy.cut();
    await ann.getByText("Connection lost").first().waitFor();
    for (const text of ["one", "two", "two"]) await say(ann, text);
    proxy.heal();
    await expect.poll(() => exactMessage(ann, "two").count()).toBe(2);
    await pending(ann).first().waitFor({ state: "detached" });
    expect(reference.messages.map(({ content }) => content)).toEqual(["before", "one", "two", "two"]);
  });

  it("keeps what was being written in a channel that is deleted, also while the page is closed", async () => {
    const { page, server } = await startStage();
    const admin = await connectAs(server.port);
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const open = async (name: string) => {
      const channel = await admin.createChannel(name);
      await ann.getByRole("navigation", { name: "Channels" }).getByRole("button", { name }).click();
      await ann.getByRole("textbox", { name: `Message to #${name}` }).waitFor();
      return channel;
    };
    const kept = (text: string) =>
      pending(ann).filter({ hasText: text }).getByText("Not sent – The channel was deleted.");

    const first = await open("first");
    await composer(ann).fill("half a sentence");
    await first.delete();
    await kept("half a sentence").waitFor();
    expect(await composer(ann).inputValue()).toBe("");

    const second = await open("second");
    await say(ann, "stays");
    await exactMessage(ann, "stays").hover();
    await exactMessage(ann, "stays").getByRole("button", { name: "Edit" }).click();
    await ann.getByRole("textbox", { name: "Edit message" }).fill("half an edit");
    await second.delete();
    await kept("half an edit").waitFor();

    const third = await open("third");
    await composer(ann).fill("another half");
    await ann.goto("about:blank");
    await third.delete();
    await ann.goto(page.url);
    await ready(ann);
    await kept("another half").waitFor();
    expect(await pending(ann).count()).toBe(3);
  });
});
