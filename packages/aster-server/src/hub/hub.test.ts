import type { ExtensionName } from "@asterite/aster-protocol";
import { expect, it } from "vitest";
import { type Audience, LocalHub, type ReadAccess } from "./hub.ts";
import { push } from "./outgoing-packet.ts";
import { RecordingSubscriber } from "./recording-subscriber.test-support.ts";

const joined = (hub: LocalHub, user?: number, extensions?: readonly ExtensionName[]): RecordingSubscriber => {
  const subscriber = new RecordingSubscriber(user, extensions);
  hub.join(subscriber);
  if (user !== undefined) hub.openSession(subscriber);
  return subscriber;
};

const packet = push("online", { data: [] });

const all: ReadAccess = { canRead: () => true };
const none: ReadAccess = { canRead: () => false };

it("counts users with a session once, and ignores connections without a login", () => {
  const hub = new LocalHub(() => all);
  const first = joined(hub, 1);
  const second = joined(hub, 1);
  const anonymous = joined(hub);
  expect(hub.presence.users).toEqual([1]);
  expect(hub.leave(anonymous)).toEqual({ wentOffline: false });
  expect(hub.leave(first)).toEqual({ wentOffline: false });
  expect(hub.leave(second)).toEqual({ wentOffline: true });
  expect(hub.leave(second)).toEqual({ wentOffline: false });
  expect(hub.presence.users).toEqual([]);
});

it("delivers a packet to its audience only", () => {
  const access: ReadAccess = { canRead: (channel, user) => channel === 10 && user === 1 };
  const hub = new LocalHub(() => access);
  const reader = joined(hub, 1);
  const typist = joined(hub, 1, ["typing"]);
  const outsider = joined(hub, 2, ["typing"]);
  const anonymous = joined(hub);
  const reached = (audience: Audience): string => {
    const subscribers = { reader, typist, outsider, anonymous };
    for (const { packets } of Object.values(subscribers)) packets.length = 0;
    hub.publish(audience, packet);
    return Object.entries(subscribers)
      .filter(([, { packets }]) => packets.length === 1)
      .map(([name]) => name)
      .join(" ");
  };
  expect(reached({ type: "everyone" })).toBe("reader typist outsider anonymous");
  expect(reached({ type: "users" })).toBe("reader typist outsider");
  expect(reached({ type: "readers", channel: 10 })).toBe("reader typist");
  expect(reached({ type: "readers", channel: 11 })).toBe("");
  expect(reached({ type: "user", user: 2 })).toBe("outsider");
  expect(reached({ type: "user", user: 3 })).toBe("");
  expect(reached({ type: "everyone", extension: "typing" })).toBe("typist outsider");
  expect(reached({ type: "everyone", lacking: "typing" })).toBe("reader anonymous");
  expect(reached({ type: "everyone", exceptUser: 1 })).toBe("outsider anonymous");
  expect(reached({ type: "everyone", exceptConnection: typist.id })).toBe("reader outsider anonymous");
  expect(reached({ type: "everyone", onlyLegacy: true })).toBe("reader anonymous");
});

it("updates the readers of a channel when permissions change and when sessions open or end", () => {
  let access = all;
  const hub = new LocalHub(() => access);
  const first = joined(hub, 1);
  const counts = (): number[] => {
    hub.publish({ type: "readers", channel: 10 }, packet);
    return [first, second].map(({ packets }) => packets.splice(0).length);
  };
  let second = new RecordingSubscriber();
  expect(counts()).toEqual([1, 0]);
  second = joined(hub, 2);
  expect(counts()).toEqual([1, 1]);
  access = none;
  expect(counts()).toEqual([0, 0]);
  access = all;
  expect(counts()).toEqual([1, 1]);
  hub.leave(first);
  expect(counts()).toEqual([0, 1]);
});

it("builds one packet per user and delivers it to all sessions of the user", () => {
  const hub = new LocalHub(() => all);
  const [first, second] = [joined(hub, 1), joined(hub, 1)];
  const other = joined(hub, 2);
  const anonymous = joined(hub);
  const requested: number[] = [];
  hub.publishToEach((user) => {
    requested.push(user);
    return push("online", { data: [user] });
  });
  expect(requested).toEqual([1, 2]);
  expect(first.packets[0]).toBe(second.packets[0]);
  expect(other.packets).toHaveLength(1);
  expect(anonymous.packets).toEqual([]);
});

it("disconnects every session of a user and no other", () => {
  const hub = new LocalHub(() => all);
  const [first, second, other] = [joined(hub, 1), joined(hub, 1), joined(hub, 2)];
  hub.disconnectUser(1, "banned");
  expect([first.disconnectReason, second.disconnectReason, other.disconnectReason]).toEqual([
    "banned",
    "banned",
    undefined,
  ]);
});

it("drops connections from the legacy audience when they negotiate extensions or leave", () => {
  const hub = new LocalHub(() => all);
  const legacy = joined(hub, 1);
  const modern = joined(hub, 2);
  Object.assign(modern, { extensions: new Set(["typing"]) });
  hub.updateExtensions(modern);
  const gone = joined(hub, 3);
  hub.leave(gone);
  hub.publish({ type: "everyone", onlyLegacy: true }, packet);
  expect([legacy, modern, gone].map(({ packets }) => packets.length)).toEqual([1, 0, 0]);
});
