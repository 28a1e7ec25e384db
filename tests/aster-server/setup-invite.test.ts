// The set-up invite: the first administrator registers with it.

import { openAdministration } from "@asterite/aster-server";
import { PostgresServer } from "@asterite/testkit";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { ask, openClient, startServer } from "../support/server.ts";

let postgres: PostgresServer | undefined;
beforeAll(async () => {
  if (PostgresServer.isInstalled) postgres = await PostgresServer.start();
}, 60_000);
afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
});

for (const backEnd of ["SQLite", "PostgreSQL"] as const) {
  const isMissing = backEnd === "PostgreSQL" && !PostgresServer.isInstalled;
  describe.skipIf(isMissing)(backEnd, () => {
    /** Starts a server that registers no accounts, and an operator beside it. */
    const serve = async () => {
      const data = await temporaryFolder();
      const database = backEnd === "SQLite" ? `${data}/aster.db` : (postgres?.createDatabase() ?? "");
      const adminSocket = `${data}/admin.sock`;
      const { port } = await startServer({
        database,
        registration: "closed",
        ...(backEnd === "SQLite" && { adminSocket }),
      });
      const operator = await openAdministration(database);
      onTestFinished(() => operator.close());
      const createInvite = async () => (await operator.execute({ command: "create_setup_invite" }))["invite"];
      const open = async () => {
        const client = await openClient(port);
        await ask(client, "hello", { client: "test/1", extensions: ["reasons", "invites", "groups"] });
        return client;
      };
      const join = async (uname: string, invite: unknown) => {
        const client = await open();
        const { reply } = await ask(client, "register", { uname, passwd: "secret", invite });
        const { status, reason } = reply;
        return { client, outcome: reason === undefined ? [status] : [status, reason] };
      };
      return { operator, createInvite, join };
    };

    it("makes one of several users the administrator of a closed server", async () => {
      const { createInvite, join } = await serve();
      const invite = await createInvite();
      const joined = await Promise.all(["ann", "bob", "carl"].map((name) => join(name, invite)));
      expect(joined.map(({ outcome }) => outcome).toSorted()).toEqual([
        [200],
        [403, "already_set_up"],
        [403, "already_set_up"],
      ]);
      const winner = joined.find(({ outcome }) => outcome.length === 1)?.client;
      if (!winner) throw new Error("no registration succeeded");
      expect((await ask(winner, "create_channel", { name: "x", permissions: {} })).reply.status).toBe(200);
      expect(await createInvite()).toBeUndefined();
      expect((await join("dora", invite)).outcome).toEqual([403, "registration_closed"]);
    });

    it("is replaced by the next one", async () => {
      const { createInvite, join, operator } = await serve();
      const [earlier, later] = [await createInvite(), await createInvite()];
      expect((await operator.execute({ command: "list_invites" }))["data"]).toMatchObject([{ author: -1 }]);
      expect((await join("ann", earlier)).outcome).toEqual([403, "registration_closed"]);
      expect((await join("ann", later)).outcome).toEqual([200]);
    });

    it("ends when the operator appoints an administrator", async () => {
      const { createInvite, join, operator } = await serve();
      const invite = await createInvite();
      const { uuid } = await operator.execute({
        command: "create_user",
        name: "ann",
        password: "a long secret",
      });
      const { data } = await operator.execute({ command: "list_groups" });
      const [group] = data as { uuid: number; name: string }[];
      expect(group?.name).toBe("admin");
      await operator.execute({ command: "update_user_groups", user: uuid, groups: [group?.uuid] });
      expect((await operator.execute({ command: "list_invites" }))["data"]).toEqual([]);
      expect((await join("bob", invite)).outcome).toEqual([403, "already_set_up"]);
    });

    it("counts no banned account as an administrator", async () => {
      const { operator, createInvite } = await serve();
      await createInvite();
      const { data } = await operator.execute({ command: "list_groups" });
      const [group] = data as { uuid: number }[];
      const appoint = async (name: string) => {
        const { uuid } = await operator.execute({ command: "create_user", name, password: "a long secret" });
        await operator.execute({ command: "update_user_groups", user: uuid, groups: [group?.uuid] });
        return uuid;
      };
      const [ann, bob] = [await appoint("ann"), await appoint("bob")];
      await operator.execute({ command: "ban_user", user: ann });
      for (const request of [
        { command: "ban_user", user: bob },
        { command: "update_user_groups", user: bob, groups: [] },
        { command: "delete_account", user: bob },
      ]) {
        await expect(operator.execute(request)).rejects.toThrow("the server would have no administrator");
      }
      expect(await createInvite()).toBeUndefined();
      await operator.execute({ command: "delete_account", user: ann });
      const carl = await appoint("carl");
      await operator.execute({ command: "ban_user", user: bob });
      await operator.execute({ command: "unban_user", user: bob });
      await operator.execute({ command: "ban_user", user: carl });
    });

    it("is invalid if its group has lost permissions", async () => {
      const { createInvite, join, operator } = await serve();
      const invite = await createInvite();
      const { data } = await operator.execute({ command: "list_groups" });
      const [group] = data as { uuid: number }[];
      await operator.execute({
        command: "update_group",
        uuid: group?.uuid,
        permissions: [0, 0, 0],
        name: "admin",
        colour: 0,
        position: 0,
      });
      expect((await join("ann", invite)).outcome).toEqual([403, "invite_invalid"]);
      expect((await join("ann", await createInvite())).outcome).toEqual([200]);
    });
  });
}
