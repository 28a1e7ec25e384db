import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LineClient, type PacketClient, type ReceivedPacket } from "@asterite/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { openAdministration } from "../../../admin/admin-client.ts";
import { startAsterServer } from "../../../server.ts";
import {
  content,
  passwords,
  type UpstreamFile,
  upgraded,
  upstreamFiles,
  writeUpstreamFile,
} from "./upgrade.test-support.ts";

const isWithoutPasswords = (kind: UpstreamFile): boolean =>
  (kind.missingColumns ?? []).includes("users.password");

/** The operator sets the passwords of a file from before passwords. */
async function setPasswords(database: string, kind: UpstreamFile): Promise<void> {
  const { execute, close } = await openAdministration(database);
  for (const { name, uuid } of content.users) {
    const password = name === "ann" ? passwords.ann : passwords.ben;
    await execute({ command: "set_password", user: upgraded(kind, uuid), password });
  }
  await close();
}

async function serve(kind: UpstreamFile, hasPasswords = !isWithoutPasswords(kind)): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "asterite-served-"));
  const database = join(folder, "aster.db");
  writeUpstreamFile(database, kind);
  if (!hasPasswords) await setPasswords(database, kind);
  const options = { host: "127.0.0.1", port: 0, tls: "insecure-plaintext", database } as const;
  const server = await startAsterServer(options);
  onTestFinished(async () => {
    await server.close({ graceMs: 1000 });
    await rm(folder, { recursive: true });
  });
  return server.port;
}

async function connect(port: number): Promise<PacketClient> {
  const client = await LineClient.connect({ port, plaintext: true });
  onTestFinished(() => client.close());
  return client;
}

async function ask(client: PacketClient, command: string, fields: object = {}): Promise<ReceivedPacket> {
  client.send({ ...fields, command });
  return (await client.until((packet) => packet.command === command)).packet;
}

describe.each(Object.entries(upstreamFiles))("a server on %s", (_name, kind) => {
  const id = (number: number) => upgraded(kind, number);

  it("accepts the old passwords of old accounts, and none for an account without one", async () => {
    const port = await serve(kind, true);
    for (const { name, uuid } of content.users) {
      const client = await connect(port);
      for (const wrong of ["wrong", ""]) {
        const { status } = await ask(client, "login", { uname: name, passwd: wrong });
        expect([name, status]).toEqual([name, 403]);
      }
      if (isWithoutPasswords(kind) || name === "cat") continue;
      const passwd = name === "ann" ? passwords.ann : passwords.ben;
      expect(await ask(client, "login", { uname: name, passwd })).toMatchObject({
        status: 200,
        uuid: id(uuid),
      });
    }
  });

  it("serves the old data and accepts new messages", async () => {
    const port = await serve(kind);
    const ben = await connect(port);
    expect(await ask(ben, "login", { uname: "ben", passwd: passwords.ben })).toMatchObject({ status: 200 });
    expect((await ask(ben, "list_channels"))["data"]).toEqual(
      content.channels.map(({ uuid, name }, position) =>
        expect.objectContaining({ uuid: id(uuid), name, position }),
      ),
    );
    const channel = id(205);
    const texts = async () =>
      ((await ask(ben, "history", { channel, num: 100 }))["data"] as { content: string }[]).map(
        (message) => message.content,
      );
    expect(await texts()).toEqual(["first", "second", "third", "fourth"]);
    const sent = await ask(ben, "send", { channel, content: "new", reply: id(309) });
    expect(sent).toMatchObject({ status: 200 });
    expect(await ask(ben, "edit", { message: id(302), new_content: "2nd" })).toMatchObject({ status: 200 });
    expect(await texts()).toEqual(["first", "2nd", "third", "fourth", "new"]);

    const keepsGroups = kind.shape >= 4;
    expect((await ask(ben, "list_groups"))["data"]).toEqual(
      keepsGroups ? content.groups.map((group) => ({ ...group, uuid: id(group.uuid) })) : [],
    );
    // The overrides of the file deny writing: to ben in one channel, to his group in the other.
    const status = async (where: number) =>
      (await ask(ben, "send", { channel: id(where), content: "x" })).status;
    expect(await status(201)).toBe(kind.shape >= 3 || kind.hasEarlyOverrides ? 403 : 200);
    expect(await status(203)).toBe(keepsGroups ? 403 : 200);

    const reads = (await ask(ben, "get_last_reads"))["last_reads"] as Record<string, [number, number]>;
    expect(reads[String(channel)]?.[0]).toBe(kind.shape >= 5 ? 1_600_000_000 : undefined);
    expect(await ask(ben, "mark_as_read", { message: sent["message"] })).toMatchObject({ status: 200 });
    expect((await ask(ben, "get_num_unread", { channel }))["num"]).toBe(0);
    expect((await ask(ben, "get_emoji", { uuid: id(501) }))["data"]).toMatchObject({ name: "smile" });
  });
});
