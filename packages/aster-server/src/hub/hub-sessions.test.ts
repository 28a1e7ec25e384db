import type { ExtensionName } from "@asterite/aster-protocol";
import { expect, it } from "vitest";
import { LocalHub, type ReadAccess } from "./hub.ts";
import { push } from "./outgoing-packet.ts";
import { RecordingSubscriber } from "./recording-subscriber.test-support.ts";

const all: ReadAccess = { canRead: () => true };
const packet = push("online", { data: [] });

/** Opens a session, with a token if one is given. */
function openSession(hub: LocalHub, user: number, token?: number, extensions?: readonly ExtensionName[]) {
  const subscriber = new RecordingSubscriber(user, extensions, token);
  hub.join(subscriber);
  hub.openSession(subscriber);
  return subscriber;
}

it("a revoked token closes the sessions that it opened, of any connection but the given one", () => {
  const hub = new LocalHub(() => all);
  const sessions = [
    openSession(hub, 1, 5),
    openSession(hub, 1, 6),
    openSession(hub, 1),
    openSession(hub, 2, 5),
    openSession(hub, 2, 5),
  ];
  const reasons = () => sessions.map(({ disconnectReason }) => disconnectReason);
  hub.disconnectToken(5, "token revoked", sessions[3]?.id);
  expect(reasons()).toEqual(["token revoked", undefined, undefined, undefined, "token revoked"]);
  expect([hub.hasEndedSessions(0, 9, 5), hub.hasEndedSessions(0, 1, 6)]).toEqual([true, false]);
});

it("a user's sessions are closed except that of the given connection", () => {
  const hub = new LocalHub(() => all);
  const [own, other, stranger] = [openSession(hub, 1), openSession(hub, 1), openSession(hub, 2)];
  const before = performance.now();
  hub.disconnectUser(1, "password changed", own.id);
  expect([own, other, stranger].map(({ disconnectReason }) => disconnectReason)).toEqual([
    undefined,
    "password changed",
    undefined,
  ]);
  expect([hub.hasEndedSessions(before, 1, undefined), hub.hasEndedSessions(before, 2, undefined)]).toEqual([
    true,
    false,
  ]);
  expect(hub.hasEndedSessions(performance.now() + 1, 1, undefined)).toBe(false);
});

it("closes every connection at the end of the server, with and without a login", () => {
  const hub = new LocalHub(() => all);
  const anonymous = new RecordingSubscriber();
  hub.join(anonymous);
  const user = openSession(hub, 1);
  hub.disconnectAll("stopping");
  expect([anonymous.disconnectReason, user.disconnectReason]).toEqual(["stopping", "stopping"]);
});

it("counts a user as logged in from the first session until it ends", () => {
  const hub = new LocalHub(() => all);
  const anonymous = new RecordingSubscriber();
  hub.join(anonymous);
  hub.openSession(anonymous);
  const user = openSession(hub, 1);
  expect([hub.hasSession(1), hub.hasSession(2), hub.presence.users]).toEqual([true, false, [1]]);
  hub.leave(user);
  expect(hub.hasSession(1)).toBe(false);
});

it("publishes nothing to a connection that has left", () => {
  const hub = new LocalHub(() => all);
  const user = openSession(hub, 1);
  hub.publish({ type: "readers", channel: 5 }, packet);
  hub.leave(user);
  user.packets.length = 0;
  for (const audience of [
    { type: "everyone" },
    { type: "everyone", onlyLegacy: true },
    { type: "users" },
    { type: "user", user: 1 },
    { type: "readers", channel: 5 },
  ] as const)
    hub.publish(audience, packet);
  expect(user.packets).toEqual([]);
});

it("narrows every audience by all of its conditions", () => {
  const hub = new LocalHub(() => all);
  const plain = openSession(hub, 1);
  const hashed = openSession(hub, 1, undefined, ["pictures"]);
  const both = openSession(hub, 2, undefined, ["pictures", "typing"]);
  const reached = (audience: Parameters<LocalHub["publish"]>[0]) => {
    for (const { packets } of [plain, hashed, both]) packets.length = 0;
    hub.publish(audience, packet);
    return [plain, hashed, both].map(({ packets }) => packets.length);
  };
  const type = "users";
  expect(reached({ type, pictures: "hashed" })).toEqual([0, 1, 1]);
  expect(reached({ type, pictures: "included" })).toEqual([1, 0, 0]);
  expect(reached({ type, onlyLegacy: true })).toEqual([1, 0, 0]);
  expect(reached({ type, onlyLegacy: false })).toEqual([1, 1, 1]);
  expect(reached({ type, pictures: "hashed", lacking: "typing" })).toEqual([0, 1, 0]);
  expect(reached({ type, exceptUser: 2, pictures: "hashed" })).toEqual([0, 1, 0]);
  expect(reached({ type: "user", user: 1, exceptConnection: plain.id })).toEqual([0, 1, 0]);
  expect(reached({ type: "readers", channel: 1, extension: "typing" })).toEqual([0, 0, 1]);
});

it("counts a connection that joins with extensions as one that negotiated them", () => {
  const hub = new LocalHub(() => all);
  const modern = new RecordingSubscriber(undefined, ["presence"]);
  hub.join(modern);
  hub.presence.addUser(1);
  hub.presence.announce();
  expect(modern.packets).toEqual([]);
});

it("reads the permissions of a channel once until they change, for up to 100 channels", () => {
  const read: number[] = [];
  const access: ReadAccess = { canRead: (channel) => read.push(channel) > 0 };
  const hub = new LocalHub(() => access);
  openSession(hub, 1);
  const publishTo = (channels: number) => {
    for (let channel = 0; channel < channels; channel++) hub.publish({ type: "readers", channel }, packet);
    return read.splice(0).length;
  };
  expect([publishTo(99), publishTo(99), publishTo(100), publishTo(100)]).toEqual([99, 0, 1, 100]);
});
