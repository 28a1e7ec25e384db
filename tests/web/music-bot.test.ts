// Music panel with a bot on a real node: empty state, completion of commands, and the queue.

import { startDj } from "@asterite/dj";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { hasChromium } from "../support/chromium.ts";
import { quick } from "../support/dj.ts";
import { startRealNode } from "../support/real-audio-node.ts";
import { exactMessage, openPage, register, startFragileStage, useBrowser } from "../support/web.ts";

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("starts music from the empty state, and reorders, removes and jumps in the queue", async () => {
    const { page, server, proxy } = await startFragileStage();
    const node = await startRealNode();
    const dj = await startDj({
      server: { host: "127.0.0.1", port: server.port, tls: false },
      account: { username: "dj", password: "secret" },
      nodes: [{ url: node.url, password: null }],
      folder: await temporaryFolder(),
      ...quick,
    });
    onTestFinished(() => dj.close());
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const panel = ann.getByRole("region", { name: "Music" });
    const field = panel.getByRole("textbox", { name: "Song, album, artist, playlist or address" });
    await panel.getByText("Nothing is playing in this channel.").waitFor();
    await field.fill("morning");
    await field.press("Enter");
    await panel.getByRole("status").getByText("Playing morning by Unknown artist (3:00).").waitFor();
    await panel.locator(".title", { hasText: "morning" }).waitFor();

    const composer = ann.getByRole("textbox", { name: /^Message to / });
    const answer = ann.getByRole("region", { name: "Answer from dj" });
    await composer.fill("!pl");
    const options = ann.getByRole("listbox").getByRole("option");
    await expect
      .poll(() => options.allTextContents())
      .toEqual(
        expect.arrayContaining([expect.stringMatching(/^\s*!playlist save <name…>.*saves the current/)]),
      );
    await composer.press("Enter");
    await expect.poll(() => composer.inputValue()).toBe("!play ");
    // A command that is chosen is no message, and its answer is for the caller.
    const isPrivate = ann.getByText("Only you and dj see this command and its answer.");
    await isPrivate.waitFor();
    await composer.pressSequentially("nothing of this name");
    // It is none either after a reload, without a connection and before the commands of the bot are known.
    proxy.inject({ type: "refuse" });
    proxy.cut();
    await ann.reload();
    await ann.getByText("Connection lost").first().waitFor();
    proxy.heal();
    await isPrivate.waitFor();
    await expect.poll(() => composer.inputValue()).toBe("!play nothing of this name");
    proxy.inject({ type: "refuse" });
    proxy.cut();
    await ann.getByText("Connection lost").first().waitFor();
    await composer.press("Enter");
    await answer.getByText("Waiting for dj…").waitFor();
    expect(await composer.inputValue()).toBe("!play nothing of this name");
    proxy.heal();
    await answer
      .getByText(/nothing of this name”?\.?/)
      .last()
      .waitFor();
    await expect.poll(() => composer.inputValue()).toBe("");
    await answer.getByRole("button", { name: "Dismiss" }).click();
    await answer.waitFor({ state: "detached" });

    // So are the numbers that choose among hits.
    await composer.pressSequentially("!sea");
    await composer.press("Tab");
    await composer.pressSequentially("noon");
    await composer.press("Enter");
    await answer.getByText(/^noon by /).waitFor();
    await answer.getByRole("group", { name: "Choose a number" }).getByRole("button").first().click();
    await answer.getByText(/^Added /).waitFor();
    await answer.getByRole("button", { name: "Dismiss" }).click();
    await panel.getByRole("button", { name: "1 in queue" }).click();
    for (const remove of await panel.getByRole("button", { name: /^Remove / }).all()) await remove.click();
    await panel.getByText("The queue is empty.").waitFor();

    // A command that is typed is a message, as for bots that read nothing else.
    await composer.pressSequentially("!play noon");
    await composer.press("Enter");
    await exactMessage(ann, "!play noon").first().waitFor();
    await panel.getByRole("button", { name: "1 in queue" }).waitFor();
    // Hits are chosen in the panel, too.
    await field.fill("evening");
    await panel.getByRole("button", { name: "Choose from results" }).click();
    await panel.getByText(/^1\. evening by /).waitFor();
    await panel.getByText("Send 1 to play it.").waitFor();
    await panel.getByRole("group", { name: "Choose a number" }).getByRole("button", { name: "1" }).click();
    await panel.getByText(/^Added evening /).waitFor();
    const titles = () =>
      panel
        .locator("li .title")
        .allTextContents()
        .then((all) => all.map((one) => one.trim()));
    await expect.poll(titles).toEqual(["noon", "evening"]);

    await panel.locator("li", { hasText: "evening" }).dragTo(panel.locator("li", { hasText: "noon" }));
    await expect.poll(titles).toEqual(["evening", "noon"]);
    await panel.getByRole("button", { name: "Play noon now" }).press("Alt+ArrowUp");
    await expect.poll(titles).toEqual(["noon", "evening"]);
    await panel.getByRole("button", { name: "Play evening now" }).click();
    await panel.locator(".now .title", { hasText: "evening" }).waitFor();
    await field.fill("noon");
    await field.press("Enter");
    await panel.getByRole("button", { name: "Remove noon from the queue" }).click();
    await panel.getByText("The queue is empty.").waitFor();

    // Words stay in the field until the server has accepted the command.
    const words = "nothing of that name";
    proxy.inject({ type: "refuse" });
    proxy.cut();
    await ann.getByText("Connection lost").first().waitFor();
    await field.fill(words);
    await field.press("Enter");
    await expect.poll(() => panel.getByRole("button", { name: "Play", exact: true }).isDisabled()).toBe(true);
    expect(await field.inputValue()).toBe(words);
    proxy.heal();
    await panel.getByRole("status").getByText(words).waitFor();
    await expect.poll(() => field.inputValue()).toBe("");

    // The panel leaves the channel to people: it has only what was written there, and the answer to that.
    expect(await ann.locator("article .content").count()).toBe(2);
    await dj.close();
    await panel.waitFor({ state: "detached" });
  });
});
