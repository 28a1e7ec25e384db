import { type CommandName, commands } from "@asterite/aster-protocol";
import type { ReceivedPacket } from "@asterite/testkit";
import { expect, it } from "vitest";
import { ask, framings, openClient, register, registered, startServer, statusOf } from "../support/server.ts";

/** Required fields of the commands that work in any state. */
const fields = { uuid: 1, page: 0 };

it.each(framings)("allows only hello, login and register before a login, over %s", async (framing) => {
  const { port } = await startServer({ loginRequired: true });
  const guest = await openClient(port, framing);
  const names = (Object.keys(commands) as CommandName[]).filter((name) => commands[name].state === "any");
  expect(names).toContain("get_metadata");
  for (const name of names.filter((name) => name !== "hello")) {
    guest.send({ ...fields, command: name });
    const { packet } = await guest.until(({ command }) => command === name);
    expect(packet).toEqual({ command: name, status: 401 });
  }
  const hello = { client: "test/1", extensions: ["presence", "admin", "reasons"] };
  expect(await statusOf(guest, "hello", hello)).toBe(200);
  guest.send({ command: "get_name" });
  const { packet } = await guest.until(({ command }) => command === "get_name");
  expect(packet).toMatchObject({ status: 401, reason: "login_required" });
  const uuid = await register(guest, "ann");
  expect((await ask(guest, "get_metadata")).reply).toMatchObject({ status: 200, data: [{ uuid }] });
  expect((await ask(guest, "get_name")).reply.status).toBe(200);
});

it("sends a guest no push, whatever others do, until it is logged in", async () => {
  const { port } = await startServer({ loginRequired: true });
  const legacy = await openClient(port);
  const extended = await openClient(port);
  expect(await statusOf(extended, "hello", { client: "test/1", extensions: ["admin", "presence"] })).toBe(
    200,
  );
  const { client: ann } = await registered(port, "ann");
  expect(await statusOf(ann, "nick", { nick: "anna" })).toBe(200);
  const others = ({ packets }: { packets: readonly ReceivedPacket[] }) =>
    packets.map(({ command }) => command).filter((command) => command !== "API_version");
  expect(await statusOf(legacy, "login", { uname: "anna", passwd: "wrong" })).toBe(403);
  expect(others(legacy)).toEqual(["login"]);
  expect(others(extended)).toEqual(["hello"]);
  expect(await statusOf(legacy, "login", { uname: "anna", passwd: "secret" })).toBe(200);
  expect(await statusOf(ann, "nick", { nick: "annie" })).toBe(200);
  await legacy.until(({ command }) => command === "get_metadata");
});

it("answers a login to an unknown account like a wrong password, and hides taken names behind invites", async () => {
  const { port } = await startServer({ loginRequired: true });
  await registered(port, "ann");
  const replyTo = async (uname: string) =>
    (await ask(await openClient(port), "login", { uname, passwd: "wrong" })).reply;
  expect(await replyTo("unknown")).toEqual(await replyTo("ann"));
  const invited = await startServer({ loginRequired: true, registration: "invite" });
  const guest = await openClient(invited.port);
  expect(await statusOf(guest, "register", { uname: "ann", passwd: "a long secret" })).toBe(403);
});

it("shows guests what upstream shows by default", async () => {
  const { port } = await startServer();
  const guest = await openClient(port);
  expect((await ask(guest, "get_metadata")).reply.status).toBe(200);
});
