// A server is recognised by the id that it announces, not by its address.

import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FaultProxy } from "@asterite/testkit";
import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { startServer } from "../support/server.ts";
import {
  composer,
  connectAs,
  openPage,
  ready,
  register,
  servePage,
  signIn,
  startFragileStage,
  startStage,
  useBrowser,
} from "../support/web.ts";

const plain = { tls: "insecure-plaintext" } as const;
const otherServer = "A different server answers at this address.";

const entries = (page: Page) => page.getByRole("navigation", { name: "Servers" }).getByRole("listitem");

/** Fills the dialog for another server and returns it. */
async function add(page: Page, address: string, isNew: boolean) {
  await page.getByRole("button", { name: "Add a server" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a server" });
  if (isNew) await dialog.getByRole("button", { name: "Create account" }).click();
  await dialog.getByLabel("Server", { exact: true }).fill(address);
  await dialog.getByLabel("Name", { exact: true }).fill("ann");
  await dialog.getByLabel("Password").fill("secret");
  await dialog.locator("button[type=submit]").click();
  return dialog;
}

interface Frame {
  readonly port: string;
  readonly command: string;
  readonly text: string;
}

/** Records the packets that a page sends from now on over new connections. */
function recordPackets(page: Page): readonly Frame[] {
  const frames: Frame[] = [];
  page.on("websocket", (socket) => {
    const { port } = new URL(socket.url());
    socket.on("framesent", ({ payload }) => {
      const text = String(payload);
      frames.push({ port, text, command: JSON.parse(text).command });
    });
  });
  return frames;
}

/** Returns the login tokens that a page has stored. */
const tokensOf = async (page: Page): Promise<string[]> => {
  const stored = await page.evaluate<string>("JSON.stringify(Object.values(localStorage))");
  const values: string[] = JSON.parse(stored);
  return values.flatMap((value) => /"token":"([^"]+)"/.exec(value)?.[1] ?? []);
};

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("keeps one entry and one session for a server at three addresses", async () => {
    const { page, server } = await startStage({ allowedOrigins: ["*"] });
    const proxy = await FaultProxy.start({ port: server.port });
    onTestFinished(() => proxy.close());
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const self = await connectAs(server.port, { name: "ann" });
    for (const address of [`ws://localhost:${page.port}`, `ws://127.0.0.1:${proxy.port}`]) {
      const dialog = await add(ann, address, false);
      await dialog.waitFor({ state: "hidden" });
      await ready(ann);
      expect(await entries(ann).count()).toBe(1);
      expect(await self.account.listTokens()).toHaveLength(1);
    }

    const listed = async () => (await self.command("sync_get_servers", {})).servers;
    const proxied = await servePage(proxy.port);
    for (const url of [page.url.replace("127.0.0.1", "localhost"), proxied.url]) {
      const other = await openPage(browser(), url);
      await signIn(other, "ann", "secret");
      await expect.poll(listed).toHaveLength(1);
      await other.reload();
      await ready(other);
      expect(await entries(other).count()).toBe(1);
      expect(await listed()).toHaveLength(1);
    }
    await ann.reload();
    await ready(ann);
    expect(await entries(ann).count()).toBe(1);
  });

  it("sends another server at a known address no token and says so", async () => {
    const { page, server, proxy } = await startFragileStage();
    const second = await startServer({ ...plain, name: "Second" });
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await composer(ann).fill("for the garden");
    const [token = ""] = await tokensOf(ann);
    expect(token).not.toBe("");
    const sent = recordPackets(ann);
    proxy.target = { port: second.port };
    proxy.cut();
    await ann.getByText(otherServer).waitFor();
    expect(sent.map(({ command }) => command)).toEqual(["hello", "leave"]);

    // The user may use it as a new server, which leaves the first one alone.
    await register(ann, "ann", "second secret");
    expect(await entries(ann).count()).toBe(2);
    await expect.poll(() => composer(ann).inputValue()).toBe("");
    expect(sent.filter(({ text }) => text.includes(token))).toEqual([]);

    const [newToken = ""] = (await tokensOf(ann)).filter((one) => one !== token);
    expect(newToken).not.toBe("");
    const known = sent.length;
    proxy.target = { port: server.port };
    await ann.reload();
    await ann.getByText(otherServer).waitFor();
    await ann.getByRole("navigation", { name: "Servers" }).getByRole("button", { name: "Garden" }).click();
    await ready(ann);
    expect(await composer(ann).inputValue()).toBe("for the garden");
    expect(await entries(ann).count()).toBe(2);
    expect(sent.slice(known).filter(({ text }) => text.includes(newToken))).toEqual([]);
  });

  it("sends no token to a server at a known address that announces nothing", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const commands: string[] = [];
    await ann.routeWebSocket(/./, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((data) => {
        const { command } = JSON.parse(String(data));
        commands.push(command);
        // As servers without extensions reply.
        if (command === "hello") socket.send(JSON.stringify({ command: "unknown", status: 400 }));
        else server.send(data);
      });
    });
    await ann.reload();
    await ann.getByText(otherServer).waitFor();
    expect(commands).toEqual(["hello", "leave"]);
  });

  it("sends another server at a known address no password until the user has been told", async () => {
    const { page, proxy } = await startFragileStage();
    const second = await startServer({ ...plain, name: "Second" });
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await ann.getByRole("button", { name: "Server menu" }).click();
    await ann.getByRole("menuitem", { name: "Sign out" }).click();
    const sent = recordPackets(ann);
    proxy.target = { port: second.port };
    await ann.getByLabel("Password").fill("secret");
    await ann.locator("form button[type=submit]").click();
    await ann.getByText(otherServer).first().waitFor();
    expect(sent.map(({ command }) => command)).toEqual(["hello", "leave"]);
  });

  it("keeps a server apart that announces the id of another one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "identity-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const database = join(folder, "server.db");
    const first = await startServer({ ...plain, database });
    await first.close();
    const copy = join(folder, "copy.db");
    await copyFile(database, copy);
    const { page, server } = await startStage({ database });
    const evil = await startServer({ ...plain, name: "Evil", database: copy });
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const [token = ""] = await tokensOf(ann);
    const sent = recordPackets(ann);
    const dialog = await add(ann, `ws://127.0.0.1:${evil.port}`, true);
    await dialog.waitFor({ state: "hidden" });
    await ready(ann);
    expect(await entries(ann).count()).toBe(2);
    await ann.reload();
    await ready(ann);
    expect(await entries(ann).count()).toBe(2);
    const toEvil = sent.filter(({ port }) => port === String(evil.port));
    expect(toEvil.map(({ command }) => command)).toContain("list_tokens");
    expect(token).not.toBe("");
    expect(toEvil.filter(({ text }) => text.includes(token))).toEqual([]);
    const self = await connectAs(server.port, { name: "ann" });
    expect((await self.command("sync_get_servers", {})).servers).toHaveLength(2);
  });
});
