// A walk through every view of the web client, for screenshots and for checks of the layout.

import type { Page } from "playwright-core";

/** Called when a view is shown; the walk goes on when it resolves. */
type OnView = (name: string) => Promise<void>;

interface WalkOptions {
  readonly url: string;
  readonly administrator: { readonly name: string; readonly password: string };
  readonly onView: OnView;
}

/** Opens the list of channels where it is a drawer. */
async function openDrawer(page: Page): Promise<void> {
  const channels = page.getByRole("navigation", { name: "Channels" });
  if (!(await channels.isVisible())) await page.getByRole("button", { name: "Show channels" }).click();
  await channels.waitFor();
}

const closeTopmost = (page: Page): Promise<void> => page.keyboard.press("Escape");

async function showLogin(page: Page, { url, administrator, onView }: WalkOptions): Promise<void> {
  await page.goto(url);
  await page.getByLabel("Password").waitFor();
  await onView("login");
  await page.getByRole("button", { name: "Create account" }).first().click();
  await onView("register");
  await page.getByRole("button", { name: "Sign in" }).first().click();
  await page.getByRole("button", { name: "Use another server" }).click();
  await page.getByRole("button", { name: "Back" }).waitFor();
  await onView("other-server");
  await page.getByRole("button", { name: "Back" }).click();
  await page.getByLabel("Name", { exact: true }).fill(administrator.name);
  await page.getByLabel("Password").fill("wrong");
  await page.locator("form button[type=submit]").click();
  await page.getByText("Wrong password.").waitFor();
  await onView("login-refused");
  await page.goto(`${url}#setup=unknown`);
  await page.getByRole("heading", { name: "Set up your server" }).waitFor();
  await onView("setup");
  await page.getByRole("button", { name: "Sign in instead" }).click();
  await page.getByLabel("Name", { exact: true }).fill(administrator.name);
  await page.getByLabel("Password").fill(administrator.password);
  await page.locator("form button[type=submit]").click();
  await page.getByRole("textbox", { name: /^Message to/ }).waitFor();
}

async function showConversation(page: Page, { onView }: WalkOptions): Promise<void> {
  await onView("empty-channel");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").waitFor();
  await onView("switcher");
  await page.getByRole("combobox").fill("lounge");
  await page.keyboard.press("Enter");
  const composer = page.getByRole("textbox", { name: "Message to #lounge" });
  await composer.waitFor();
  const queue = page.getByRole("button", { name: /in queue/ });
  await queue.waitFor();
  await onView("conversation");
  await queue.click();
  await page.getByRole("button", { name: "Volume for everyone" }).click();
  await page.getByRole("slider", { name: "Volume for everyone" }).waitFor();
  await onView("music");
  await queue.click();
  await page.getByRole("button", { name: "Emoji" }).click();
  await page.getByRole("searchbox", { name: "Search emoji" }).waitFor();
  await onView("emoji");
  await closeTopmost(page);
  await composer.pressSequentially("@");
  await page.getByRole("option").first().waitFor();
  await onView("completion");
  await composer.fill("A message that is edited");
  // On touch screens, Enter makes a new line.
  await page.getByRole("button", { name: "Send", exact: true }).click();
  const own = page.getByRole("log").locator("article:not(.pending)", { hasText: "that is edited" });
  await own.waitFor();
  await composer.press("ArrowUp");
  await page.getByRole("textbox", { name: "Edit message" }).waitFor();
  await onView("editing");
  await closeTopmost(page);
  await own.hover();
  await own.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").waitFor();
  await onView("deleting");
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await own.waitFor({ state: "detached" });
}

async function showPanels(page: Page, { onView }: WalkOptions): Promise<void> {
  const members = page.getByRole("complementary", { name: "Members" });
  if (!(await members.isVisible())) await page.getByRole("button", { name: "Members" }).click();
  await members.getByRole("button", { name: /mira/ }).waitFor();
  await onView("members");
  await members.getByRole("button", { name: /mira/ }).click();
  await page.getByRole("dialog", { name: "Profile" }).waitFor();
  await onView("profile");
  await closeTopmost(page);
  await members.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Search" }).click();
  const search = page.getByRole("complementary", { name: "Search" });
  const field = search.getByRole("searchbox", { name: "Search messages" });
  await field.waitFor();
  await onView("search");
  await field.fill("history from:mira ");
  await search.getByText("1 result").waitFor();
  await onView("search-results");
  await field.fill("nowhere");
  await search.getByText("No results").waitFor();
  await onView("search-nothing");
  await search.getByRole("button", { name: "Close" }).click();
  await openDrawer(page);
  await onView("channels");
}

async function showSettings(page: Page, { onView }: WalkOptions): Promise<void> {
  await page.getByRole("button", { name: "Server menu" }).click();
  await page.getByRole("menuitem", { name: "Server settings" }).waitFor();
  await onView("server-menu");
  await page.getByRole("menuitem", { name: "Server settings" }).click();
  const dialog = page.getByRole("dialog");
  // The dialog is loaded when it is opened.
  await dialog.getByRole("tab").first().waitFor();
  for (const tab of await dialog.getByRole("tab").all()) {
    const name = ((await tab.textContent()) ?? "").trim().toLowerCase().replaceAll(" ", "-");
    await tab.click();
    await dialog.getByRole("tabpanel").waitFor();
    await onView(`settings-${name}`);
    const edit = dialog.getByRole("button", { name: /^Edit: (?:lounge|crew)/ });
    if (!((name === "channels" || name === "groups") && (await edit.count()) > 0)) continue;
    await edit.click();
    await onView(`settings-${name}-one`);
  }
  await closeTopmost(page);
  await dialog.waitFor({ state: "detached" });
  await openDrawer(page);
  await page.getByRole("button", { name: "Your account" }).click();
  for (const name of ["Profile", "Password", "Sessions"]) {
    await dialog.getByRole("tab", { name }).click();
    await onView(`account-${name.toLowerCase()}`);
  }
  await closeTopmost(page);
  await page.getByRole("button", { name: "Preferences" }).click();
  await page.getByRole("dialog", { name: "Preferences" }).waitFor();
  await onView("preferences");
  await dialog.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await onView("shortcuts");
  await closeTopmost(page);
  await closeTopmost(page);
  await page.getByRole("button", { name: "Add a server" }).click();
  await page.getByRole("dialog", { name: "Add a server" }).waitFor();
  await onView("add-server");
  await closeTopmost(page);
}

/**
 * Opens every view of the client on the demo server, as its administrator, on screens of any size. The page stays signed
 * in.
 */
export async function walkViews(page: Page, options: WalkOptions): Promise<void> {
  await showLogin(page, options);
  await showConversation(page, options);
  await showPanels(page, options);
  await showSettings(page, options);
}
