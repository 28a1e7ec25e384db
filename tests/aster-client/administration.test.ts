import { CommandError, ExtensionError, Permissions, Server } from "@asterite/aster";
import { expect, it, onTestFinished } from "vitest";
import { startAdministered } from "../support/admin.ts";

const secret = "a long secret";

async function connected(port: number, options: object): Promise<Server> {
  const server = new Server("127.0.0.1", port, { password: "secret", ...options });
  onTestFinished(() => server.disconnect());
  await server.connect();
  return server;
}

it("creates, lists and revokes invites, with which accounts register", async () => {
  const { server, adminUuid, adminGroup } = await startAdministered({ registration: "invite" });
  const admin = await connected(server.port, { username: "admin" });
  const { invites } = admin.admin;
  const staff = await admin.createGroup("staff", {
    permissions: Permissions.of({ modify_channels: "allow" }),
    colour: 0,
    position: 1,
  });
  const expiresAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000);
  const made = await invites.create({ uses: 2, expiresAt, groups: staff ? [staff] : [] });
  expect(made).toMatchObject({ id: expect.any(Number), code: expect.any(String), expiresAt, usesLeft: 2 });
  const guest = { username: "guest", password: secret, registerIfMissing: true };
  await expect(connected(server.port, guest)).rejects.toThrow("invite");
  const invited = await connected(server.port, { ...guest, invite: made.code });
  expect(invited.self?.groups).toEqual([staff?.uuid]);
  expect(await invites.list()).toEqual([
    {
      id: made.id,
      author: adminUuid,
      groups: [staff?.uuid],
      createdAt: expect.any(Date),
      expiresAt,
      usesLeft: 1,
    },
  ]);
  await invites.revoke(made.id);
  expect(await invites.list()).toEqual([]);
  await expect(invites.revoke(made.id)).rejects.toMatchObject({ status: 404 });
  await expect(invites.create({ uses: 1001 })).rejects.toMatchObject({ status: 400 });
  await expect(invites.create({ expiresAt: new Date(Number.NaN) })).rejects.toThrow("expiresAt");
  await expect(invited.admin.invites.create({ groups: [adminGroup] })).rejects.toBeInstanceOf(CommandError);
});

it("fetches the audit log in pages, with filters", async () => {
  const { server, adminUuid } = await startAdministered();
  const admin = await connected(server.port, { username: "admin" });
  const ann = await connected(server.port, { username: "ann", password: secret, registerIfMissing: true });
  const uuid = ann.selfUuid ?? 0;
  await admin.admin.setBot(uuid, true);
  await admin.admin.banUser(uuid);
  const page = await admin.admin.fetchAuditLog({ limit: 1, target: `user:${uuid}`, since: new Date(0) });
  expect(page).toEqual({
    hasMore: true,
    entries: [
      {
        id: expect.any(Number),
        actor: adminUuid,
        action: "ban_user",
        target: `user:${uuid}`,
        address: "127.0.0.1",
        result: "ok",
        before: { banned: false },
        after: { banned: true },
        count: 1,
        firstAt: expect.any(Date),
        lastAt: expect.any(Date),
      },
    ],
  });
  const [newest] = page.entries;
  if (!newest) throw new Error("no entry");
  expect(Math.abs(newest.lastAt.getTime() - Date.now())).toBeLessThan(60_000);
  const older = await admin.admin.fetchAuditLog({ beforeId: newest.id, actor: adminUuid, action: "set_bot" });
  expect(older).toMatchObject({ hasMore: false, entries: [{ after: { bot: true } }] });
  expect((await admin.admin.fetchAuditLog({ actor: "operator" })).entries).toEqual([]);
  await expect(admin.admin.fetchAuditLog({ limit: 101 })).rejects.toThrow("limit");
  await expect(admin.admin.fetchAuditLog({ since: new Date("x") })).rejects.toThrow("since");
});

it("needs the highest rank, and the extensions", async () => {
  const { server } = await startAdministered();
  const ann = await connected(server.port, { username: "ann", password: secret, registerIfMissing: true });
  await expect(ann.admin.fetchAuditLog()).rejects.toMatchObject({ status: 403 });
  const plain = await connected(server.port, {
    username: "bob",
    password: secret,
    registerIfMissing: true,
    extensions: [],
  });
  await expect(plain.admin.fetchAuditLog()).rejects.toBeInstanceOf(ExtensionError);
});
