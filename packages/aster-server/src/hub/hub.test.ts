import type { ExtensionName } from "@asterite/aster-protocol";
import { expect, it } from "vitest";
import { type Audience, LocalHub, type ReadAccess } from "./hub.ts";
import { push } from "./outgoing-packet.ts";
import { RecordingSubscriber } from "./recording-subscriber.test-support.ts";

const joined = (hub: LocalHub, user?: number, extensions?: readonly ExtensionName[]): RecordingSubscriber => {
  const inbox = new RecordingSubscriber(user, extensions);
  hub.join(inbox);
  if (user !== undefined) hub.openSession(inbox);
  return inbox;
};

const packet = push("online", { data: [] });

const all: ReadAccess = { canRead: () => true };
const none: ReadAccess = { canRead: () => false };

it("counts sessions, not connections, and each user once", () => {
  const hub = new LocalHub(() => all);
  const first = joined(hub, 1);
  const second = joined(hub, 1);
  const stranger = joined(hub);
  expect(hub.presence.users).toEqual([1]);
  expect(hub.leave(stranger)).toEqual({ wentOffline: false });
  expect(hub.leave(first)).toEqual({ wentOffline: false });
  expect(hub.leave(second)).toEqual({ wentOffline: true });
  expect(hub.leave(second)).toEqual({ wentOffline: false });
  expect(hub.presence.users).toEqual([]);
});

it("reaches exactly its audience", () => {
  const permits: ReadAccess = { canRead: (channel, user) => channel === 10 && user === 1 };
  const hub = new LocalHub(() => permits);
  const reader = joined(hub, 1);
  const typist = joined(hub, 1, ["typing"]);
  const outsider = joined(hub, 2, ["typing"]);
  const stranger = joined(hub);
  const reached = (audience: Audience): string => {
    const inboxes = { reader, typist, outsider, stranger };
    for (const { packets } of Object.values(inboxes)) packets.length = 0;
    hub.publish(audience, packet);
    return Object.entries(inboxes)
      .filter(([, { packets }]) => packets.length === 1)
      .map(([name]) => name)
      .join(" ");
  };
  expect(reached({ kind: "everyone" })).toBe("reader typist outsider stranger");
  expect(reached({ kind: "users" })).toBe("reader typist outsider");
  expect(reached({ kind: "readers", channel: 10 })).toBe("reader typist");
  expect(reached({ kind: "readers", channel: 11 })).toBe("");
  expect(reached({ kind: "user", user: 2 })).toBe("outsider");
  expect(reached({ kind: "user", user: 3 })).toBe("");
  expect(reached({ kind: "everyone", extension: "typing" })).toBe("typist outsider");
  expect(reached({ kind: "everyone", lacking: "typing" })).toBe("reader stranger");
  expect(reached({ kind: "everyone", exceptUser: 1 })).toBe("outsider stranger");
  expect(reached({ kind: "everyone", exceptConnection: typist.id })).toBe("reader outsider stranger");
  expect(reached({ kind: "everyone", onlyLegacy: true })).toBe("reader stranger");
});

it("notices at once who may read, who comes and who goes", () => {
  let permits = all;
  const hub = new LocalHub(() => permits);
  const first = joined(hub, 1);
  const counts = (): number[] => {
    hub.publish({ kind: "readers", channel: 10 }, packet);
    return [first, second].map(({ packets }) => packets.splice(0).length);
  };
  let second = new RecordingSubscriber();
  expect(counts()).toEqual([1, 0]);
  second = joined(hub, 2);
  expect(counts()).toEqual([1, 1]);
  permits = none;
  expect(counts()).toEqual([0, 0]);
  permits = all;
  expect(counts()).toEqual([1, 1]);
  hub.leave(first);
  expect(counts()).toEqual([0, 1]);
});

it("gives each user a packet of their own, once for all their sessions", () => {
  const hub = new LocalHub(() => all);
  const [first, second] = [joined(hub, 1), joined(hub, 1)];
  const other = joined(hub, 2);
  const stranger = joined(hub);
  const asked: number[] = [];
  hub.publishToEach((user) => {
    asked.push(user);
    return push("online", { data: [user] });
  });
  expect(asked).toEqual([1, 2]);
  expect(first.packets[0]).toBe(second.packets[0]);
  expect(other.packets).toHaveLength(1);
  expect(stranger.packets).toEqual([]);
});

it("cuts every session of a user and no other", () => {
  const hub = new LocalHub(() => all);
  const [first, second, other] = [joined(hub, 1), joined(hub, 1), joined(hub, 2)];
  hub.disconnectUser(1, "banned");
  expect([first.disconnectReason, second.disconnectReason, other.disconnectReason]).toEqual([
    "banned",
    "banned",
    undefined,
  ]);
});

it("asks anew who has said nothing of what it understands", () => {
  const hub = new LocalHub(() => all);
  const legacy = joined(hub, 1);
  const modern = joined(hub, 2);
  Object.assign(modern, { extensions: new Set(["typing"]) });
  hub.updateExtensions(modern);
  const gone = joined(hub, 3);
  hub.leave(gone);
  hub.publish({ kind: "everyone", onlyLegacy: true }, packet);
  expect([legacy, modern, gone].map(({ packets }) => packets.length)).toEqual([1, 0, 0]);
});
