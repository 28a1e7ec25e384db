import { Server } from "@asterite/aster";
import type { AsterServer, AsterServerOptions } from "@asterite/aster-server";
import { FaultProxy } from "@asterite/testkit";
import { buildWebClient } from "@asterite/web/build";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, vi } from "vitest";
import { launchChromium } from "./chromium.ts";
import { startServer } from "./server.ts";
import { type ExtraRoute, serveWebPage, type WebPage, type WebPageOptions } from "./web-page.ts";

/**
 * Time limit of one test step, so that a failure names its step. On a busy machine the first render of a page
 * has taken more than 15 s.
 */
const stepMs = 30_000;

/** Account with all permissions. */
export const administrator = { name: "admin", password: "admin secret" };

/** Server and web client on one origin. */
export interface Stage {
  readonly server: AsterServer;
  readonly page: WebPage;
}

/** Starts a server and serves the client on the same origin. Both are closed after the test. */
export async function startStage(
  options: Partial<AsterServerOptions> = {},
  extra?: ExtraRoute,
): Promise<Stage> {
  const server = await startServer({
    tls: "insecure-plaintext",
    name: "Garden",
    adminUser: administrator,
    ...options,
  });
  return { server, page: await servePage(server.port, extra) };
}

/** Starts a {@link Stage} whose connection can be broken with a proxy. */
export async function startFragileStage(options: Partial<AsterServerOptions> = {}) {
  const stage = await startStage(options);
  const proxy = await FaultProxy.start({ port: stage.server.port });
  onTestFinished(() => proxy.close());
  stage.page.targetPort = proxy.port;
  return { ...stage, proxy };
}

/** Serves the client in front of a server until the test ends. */
export async function servePage(
  targetPort: number,
  extra?: ExtraRoute,
  options?: WebPageOptions,
): Promise<WebPage> {
  const page = await serveWebPage(targetPort, extra, options);
  onTestFinished(() => page.close());
  return page;
}

/** Builds the client and starts a browser for all tests of a file. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined;
  vi.setConfig({ testTimeout: 90_000 });
  beforeAll(async () => {
    await buildWebClient();
    browser = await launchChromium();
  }, 120_000);
  afterAll(() => browser?.close());
  return () => {
    if (!browser) throw new Error("the browser has not started");
    return browser;
  };
}

/**
 * Opens the client in a fresh browser context. Unhandled errors and violations of the content security policy
 * fail the test.
 */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    // It would load the whole client in each test.
    serviceWorkers: "block",
    ...options,
  });
  const page = await openTab(context);
  onTestFinished(() => context.close());
  await page.goto(url);
  return page;
}

/**
 * Opens the client like {@link openPage}. `hold` queues one direction of each connection, starting with the
 * first packet that meets a condition, until the returned function is called, which delivers the queued
 * packets in order.
 */
export async function openHeldPage(browser: Browser, url: string) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    serviceWorkers: "block",
  });
  const page = await openTab(context);
  onTestFinished(() => context.close());
  type Side = "page" | "server";
  let held: { readonly from: Side; readonly condition: (packet: string) => boolean } | undefined;
  /** Queued packets of each connection, including replaced ones. */
  const queues: (() => void)[][] = [];
  await page.routeWebSocket(/./, (socket) => {
    const server = socket.connectToServer();
    const queue: (() => void)[] = [];
    queues.push(queue);
    const pass = (from: Side, send: (packet: string) => void) => (data: string | Buffer) => {
      const packet = String(data);
      const isHeld = held?.from === from && (queue.length > 0 || held.condition(packet));
      if (isHeld) queue.push(() => send(packet));
      else send(packet);
    };
    socket.onMessage(pass("page", (packet) => server.send(packet)));
    server.onMessage(pass("server", (packet) => socket.send(packet)));
  });
  await page.goto(url);
  return {
    page,
    hold: (from: Side, condition: (packet: string) => boolean = () => true): (() => void) => {
      held = { from, condition };
      return () => {
        held = undefined;
        for (const queue of queues) for (const send of queue.splice(0)) send();
      };
    },
    /** Returns the number of queued packets of the newest connection. */
    held: () => queues.at(-1)?.length ?? 0,
  };
}

/** Opens an empty page with the same failure conditions as {@link openPage}. */
export async function openTab(context: BrowserContext): Promise<Page> {
  context.setDefaultTimeout(stepMs);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error.stack ?? error)));
  page.on("console", (message) => {
    if (/Content Security Policy|TrustedHTML|TrustedScript/.test(message.text()))
      problems.push(message.text());
  });
  onTestFinished(() => expect(problems).toEqual([]));
  return page;
}

/** Fills the storage of the page to the last character. Returns a function that makes room again. */
export async function fillStorage(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => {
    for (let length = 2 ** 22; length >= 1; length /= 2) {
      const add = (name: string) => localStorage.setItem(`filler ${length}${name}`, "x".repeat(length));
      try {
        add("");
        // Once more for the last one, since each name takes room as well.
        add("+");
      } catch {
        // Full for this length.
      }
    }
  });
  return () =>
    page.evaluate(() => {
      for (const key of Object.keys(localStorage))
        if (key.startsWith("filler ")) localStorage.removeItem(key);
    });
}

/** Connects a user without a page until the test ends. Registers the account if needed. */
export async function connectAs(
  port: number,
  { name, password = "secret" }: { readonly name: string; readonly password?: string } = administrator,
): Promise<Server> {
  const login = { username: name, password, registerIfMissing: true };
  const server = new Server("127.0.0.1", port, { ...login, tls: false });
  await server.connect();
  onTestFinished(() => server.disconnect());
  return server;
}

/** Registers an account and waits for the conversation. */
export async function register(page: Page, name: string, password = "secret"): Promise<void> {
  await page.getByRole("button", { name: "Create account" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password").fill(password);
  await page.locator("form button[type=submit]").click();
  await ready(page);
}

/** Logs in and waits for the conversation. */
export async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password").fill(password);
  await page.locator("form button[type=submit]").click();
  await ready(page);
}

/** Waits until the composer is available. */
export const ready = (page: Page): Promise<void> => composer(page).waitFor({ timeout: stepMs });

/** Returns the text field of the composer. */
export const composer = (page: Page) => page.getByRole("textbox", { name: /^Message to/ });

/** Sends a message. */
export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

/** Returns the rendered messages that the server has confirmed. */
export const messages = (page: Page) => page.getByRole("log").locator("article:not(.pending)");

/** Returns the pending and failed messages. */
export const pending = (page: Page) => page.getByRole("log").locator("article.pending");

/** Returns the messages that contain a text. */
export const message = (page: Page, text: string | RegExp) => messages(page).filter({ hasText: text });

/** Returns the messages with exactly this text. */
export const exactMessage = (page: Page, text: string) =>
  messages(page).filter({ has: page.getByText(text, { exact: true }) });
