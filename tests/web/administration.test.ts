// Server settings, which are hidden from users without permissions.

import { describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import {
  administrator,
  composer,
  connectAs,
  message,
  openPage,
  register,
  say,
  signIn,
  startStage,
  useBrowser,
} from "../support/web.ts";

describe.skipIf(!hasChromium)("in Chromium", () => {
  const browser = useBrowser();

  it("reports a dialog that cannot be loaded, and loads it when it is opened again", async () => {
    const { page } = await startStage();
    const admin = await openPage(browser(), page.url);
    await admin.route("**/ServerSettings-*.js", (route) => route.abort());
    await signIn(admin, administrator.name, administrator.password);
    const open = async () => {
      await admin.getByRole("button", { name: "Server menu" }).click();
      await admin.getByRole("menuitem", { name: "Server settings" }).click();
    };
    const dialog = admin.getByRole("dialog", { name: "Server settings" });
    await open();
    await dialog.getByText("couldn't be loaded").waitFor();
    await dialog.getByRole("button", { name: "Close" }).click();
    await admin.unroute("**/ServerSettings-*.js");
    await open();
    await dialog.getByLabel("Server name").waitFor();
  });

  it("manages channels, groups, members, emoji, server name and bans", async () => {
    const { page, server } = await startStage();
    await connectAs(server.port, { name: "bea" });
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    await ann.getByRole("button", { name: "Server menu" }).click();
    expect(await ann.getByRole("menuitem", { name: "Server settings" }).count()).toBe(0);
    await ann.keyboard.press("Escape");

    const admin = await openPage(browser(), page.url);
    await signIn(admin, administrator.name, administrator.password);
    await admin.getByRole("button", { name: "Server menu" }).click();
    await admin.getByRole("menuitem", { name: "Server settings" }).click();
    const dialog = admin.getByRole("dialog", { name: "Server settings" });
    const tab = (name: string) => dialog.getByRole("tab", { name }).click();

    await dialog.getByLabel("Server name").fill("Greenhouse");
    await dialog.getByRole("button", { name: "Save" }).click();
    await ann.getByRole("heading", { name: "Greenhouse" }).waitFor();

    await tab("Channels");
    await dialog.getByLabel("Channel name").fill("quiet");
    await dialog.getByRole("button", { name: "New channel" }).click();
    const channels = ann.getByRole("navigation", { name: "Channels" });
    await channels.getByRole("button", { name: "quiet" }).waitFor();
    await dialog.getByRole("button", { name: "Move up: quiet" }).click();
    await expect.poll(() => channels.getByRole("listitem").allInnerTexts()).toEqual(["quiet", "general"]);
    await dialog.getByRole("button", { name: "Edit: quiet" }).click();
    await dialog.getByLabel("Channel name").fill("silent");
    await dialog.getByLabel("Add override for").selectOption({ label: "@ann" });
    await dialog
      .getByRole("group", { name: "@ann" })
      .getByRole("group", { name: "Send messages" })
      .getByLabel("Deny")
      .check();
    await dialog.getByRole("button", { name: "Save" }).click();
    await channels.getByRole("button", { name: "silent" }).click();
    await ann.getByText("You can't send messages in this channel.").waitFor();
    await ann.getByRole("heading", { name: "silent", exact: true }).first().waitFor();

    await tab("Groups");
    const administrators = dialog.getByRole("region", { name: "Administrators" });
    await administrators.getByRole("button", { name: "admin" }).waitFor();
    await administrators.getByText("The last administrator can't be removed").waitFor();
    await administrators.getByRole("button", { name: "Appoint a member" }).click();
    await dialog.getByRole("group", { name: "bea's groups" }).getByLabel("admin", { exact: true }).check();
    await tab("Groups");
    await administrators.getByRole("button", { name: "bea" }).waitFor();
    await administrators.getByText("Only the operator of the server removes an administrator.").waitFor();
    await dialog.getByLabel("Group name").fill("gardeners");
    await dialog.getByRole("button", { name: "New group" }).click();
    await dialog.getByRole("button", { name: "Edit: gardeners" }).click();
    await dialog.getByRole("group", { name: "Delete others' messages" }).getByLabel("Allow").check();
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("Saved").waitFor();
    await tab("Members");
    await dialog.getByRole("group", { name: "ann's groups" }).getByLabel("gardeners").check();

    await tab("Emoji");
    const picture = await admin.screenshot({ clip: { x: 0, y: 0, width: 64, height: 64 } });
    await dialog
      .getByLabel("Choose a picture")
      .first()
      .setInputFiles({ name: "leaf.png", mimeType: "image/png", buffer: picture });
    await dialog.getByRole("button", { name: "Use this picture" }).click();
    await dialog.getByLabel("Name (without colons)").fill("leaf");
    await dialog.getByRole("button", { name: "Add emoji" }).click();
    await dialog.getByText(":leaf:").waitFor();
    await channels.getByRole("button", { name: "general" }).click();
    await composer(ann).fill("a :le");
    await ann.getByRole("option", { name: ":leaf:" }).click();
    await composer(ann).press("Enter");
    await message(ann, "a").getByRole("img", { name: ":leaf:" }).waitFor();
    await message(ann, "a").hover();

    await tab("Members");
    await dialog.getByRole("button", { name: "Ban: ann" }).click();
    await admin.getByRole("dialog", { name: "Ban ann?" }).getByRole("button", { name: "Ban" }).click();
    await ann.getByRole("heading", { name: /^Sign in to/ }).waitFor();
    await tab("Bans");
    await dialog.getByRole("button", { name: "Unban: ann" }).click();
    await dialog.getByText("No banned members").waitFor();
    await ann.getByLabel("Password").fill("secret");
    await ann.locator("form button[type=submit]").click();
    await say(ann, "back again");
    await message(ann, "back again").waitFor();

    await tab("Channels");
    await dialog.getByRole("button", { name: "Edit: silent" }).click();
    await dialog.getByRole("button", { name: "Delete channel" }).click();
    await admin
      .getByRole("dialog", { name: "Delete #silent?" })
      .getByRole("button", { name: "Delete" })
      .click();
    await expect.poll(() => channels.getByRole("listitem").allInnerTexts()).toEqual(["general"]);
  });

  it("appoints a second administrator, whom only the operator can remove", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const admin = await openPage(browser(), page.url);
    await signIn(admin, administrator.name, administrator.password);
    await admin.getByRole("button", { name: "Server menu" }).click();
    await admin.getByRole("menuitem", { name: "Server settings" }).click();
    await admin.getByRole("tab", { name: "Members" }).click();
    const group = admin.getByRole("group", { name: "ann's groups" }).getByLabel("admin");
    await group.check();
    await expect.poll(() => group.isDisabled()).toBe(true);
    await ann.getByRole("button", { name: "Server menu" }).click();
    await ann.getByRole("menuitem", { name: "Server settings" }).waitFor();
  });

  it("creates an invite link with which a stranger registers, and shows both in the audit log", async () => {
    const { page } = await startStage({ registration: "invite" });
    const admin = await openPage(browser(), page.url);
    await signIn(admin, administrator.name, administrator.password);
    await admin.getByRole("button", { name: "Server menu" }).click();
    await admin.getByRole("menuitem", { name: "Server settings" }).click();
    const dialog = admin.getByRole("dialog", { name: "Server settings" });
    await dialog.getByRole("tab", { name: "Invites" }).click();
    await dialog.getByText("No open invites").waitFor();
    await dialog.getByLabel("Accounts (1 to 1000)").fill("0");
    expect(await dialog.getByRole("button", { name: "Create invite" }).isDisabled()).toBe(true);
    await dialog.getByLabel("Accounts (1 to 1000)").fill("2");
    await dialog.getByRole("button", { name: "Create invite" }).click();
    await dialog.getByText("2 accounts left").waitFor();
    const link = await dialog.getByLabel("Link (shown only once)").inputValue();
    expect(link).toMatch(/#invite=[\w-]{43}$/);
    const guest = await openPage(browser(), link);
    await guest.getByLabel("Name", { exact: true }).fill("guest");
    await guest.getByLabel("Password").fill("a long secret");
    await guest.locator("form button[type=submit]").click();
    await guest.getByRole("button", { name: "Server menu" }).waitFor();
    await dialog.getByRole("button", { name: /^Revoke/ }).click();
    await dialog.getByText("No open invites").waitFor();

    const guesser = await openPage(browser(), page.url);
    await guesser.getByLabel("Name", { exact: true }).fill("guest");
    await guesser.getByLabel("Password").fill("a wrong secret");
    await guesser.locator("form button[type=submit]").click();
    await guesser.getByRole("alert").waitFor();
    await dialog.getByRole("tab", { name: "Audit log" }).click();
    const entries = dialog.getByRole("listitem");
    await entries.filter({ hasText: /guest\s*created an account/ }).waitFor();
    await entries.filter({ hasText: "refused (wrong password)" }).waitFor();
    await entries.filter({ hasText: "revoked an invite" }).waitFor();
    await entries.filter({ hasText: "127.0.0.1" }).first().waitFor();
  });

  it("marks bots in the ban list and in the audit log", async () => {
    const { page, server } = await startStage();
    const bot = await connectAs(server.port, { name: "robot" });
    await bot.account.setBot(true);
    const admin = await openPage(browser(), page.url);
    await signIn(admin, administrator.name, administrator.password);
    await admin.getByRole("button", { name: "Server menu" }).click();
    await admin.getByRole("menuitem", { name: "Server settings" }).click();
    const dialog = admin.getByRole("dialog", { name: "Server settings" });
    const entries = dialog.getByRole("listitem");
    await dialog.getByRole("tab", { name: "Members" }).click();
    await dialog.getByRole("button", { name: "Ban: robot" }).click();
    await admin.getByRole("dialog", { name: "Ban robot?" }).getByRole("button", { name: "Ban" }).click();
    await dialog.getByRole("tab", { name: "Bans" }).click();
    await entries.filter({ hasText: "robot" }).getByText("BOT", { exact: true }).waitFor();
    await dialog.getByRole("tab", { name: "Audit log" }).click();
    await entries.filter({ hasText: /^\s*robot\s+BOT\s+created an account/ }).waitFor();
    await entries.filter({ hasText: /admin\s+banned\s+robot\s+BOT/ }).waitFor();
  });

  it("shows and changes the base permissions", async () => {
    const { page } = await startStage();
    const ann = await openPage(browser(), page.url);
    await register(ann, "ann");
    const admin = await openPage(browser(), page.url);
    await signIn(admin, administrator.name, administrator.password);
    await admin.getByRole("button", { name: "Server menu" }).click();
    await admin.getByRole("menuitem", { name: "Server settings" }).click();
    await admin.getByRole("tab", { name: "Groups" }).click();
    await admin.getByRole("button", { name: "Edit: Everyone" }).click();
    const sending = admin.getByRole("group", { name: "Send messages" });
    expect(await sending.getByLabel("Allow").isChecked()).toBe(true);
    await sending.getByLabel("Deny").check();
    await admin.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await ann.getByText("You can't send messages in this channel.").waitFor();
  });
});
