import { Server } from "@asterite/aster";
import type { AsterServer, AsterServerOptions } from "@asterite/aster-server";
import { FaultProxy } from "@asterite/testkit";
import { buildWebClient } from "@asterite/web/build";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, vi } from "vitest";
import { launchChromium } from "./chromium.ts";
import { startServer } from "./server.ts";
import { type ExtraRoute, serveWebPage, type WebPage } from "./web-page.ts";

/**
 * How long one step of a test may take, so that a failure names its step. A browser is many processes, whose
 * first picture of a page has taken more than 15 s on a machine that ten others shared.
 */
const stepMs = 30_000;

/** The account that may do everything. */
export const administrator = { name: "admin", password: "admin secret" };

/** A server with the client in front of it. */
export interface Stage {
  readonly server: AsterServer;
  readonly page: WebPage;
}

/** Starts a server and serves the client on the same origin; both end with the test. */
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

/** Starts a {@link Stage} on which the page's connection to the server can be broken. */
export async function startFragileStage(options: Partial<AsterServerOptions> = {}) {
  const stage = await startStage(options);
  const proxy = await FaultProxy.start({ port: stage.server.port });
  onTestFinished(() => proxy.close());
  stage.page.targetPort = proxy.port;
  return { ...stage, proxy };
}

/** Serves the client in front of some server, until the test ends. */
export async function servePage(targetPort: number, extra?: ExtraRoute): Promise<WebPage> {
  const page = await serveWebPage(targetPort, extra);
  onTestFinished(() => page.close());
  return page;
}

/** Builds the client and starts a browser for the tests of a file. */
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
 * Opens the client as somebody new to it. What a page must never do fails the test: an error that nobody
 * handled, or something that the content-security policy had to stop.
 */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await openTab(context);
  onTestFinished(() => context.close());
  await page.goto(url);
  return page;
}

/**
 * Opens the client like {@link openPage}. `hold` stops one direction of each connection from the first packet on that
 * meets a condition, until the test calls what `hold` returned; everything then goes on in its order.
 */
export async function openHeldPage(browser: Browser, url: string) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await openTab(context);
  onTestFinished(() => context.close());
  type Side = "page" | "server";
  let held: { readonly from: Side; readonly condition: (packet: string) => boolean } | undefined;
  /** What waits of each connection; of one that was given up for a new one, too. */
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
    /** How many packets of the newest connection wait. */
    held: () => queues.at(-1)?.length ?? 0,
  };
}

/** Opens an empty page that fails the test by the same things as {@link openPage}. */
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

/** Connects as somebody without a page, who may be new to the server, until the test ends. */
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

/** Makes an account and waits for the conversation. */
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

/** Waits until one can write. */
export const ready = (page: Page): Promise<void> => composer(page).waitFor({ timeout: stepMs });

/** The field in which one writes. */
export const composer = (page: Page) => page.getByRole("textbox", { name: /^Message to/ });

/** Writes something and sends it. */
export async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

/** The messages that are drawn and that the server has: one's own count only once it has taken them. */
export const messages = (page: Page) => page.getByRole("log").locator("article:not(.pending)");

/** The messages that are on their way, wait, or were refused. */
export const pending = (page: Page) => page.getByRole("log").locator("article.pending");

/** One message by its text. */
export const message = (page: Page, text: string | RegExp) => messages(page).filter({ hasText: text });

/** A message that says exactly this. */
export const exactMessage = (page: Page, text: string) =>
  messages(page).filter({ has: page.getByText(text, { exact: true }) });
