import type { ExtensionName } from "@asterite/aster-protocol";
import { expect, it } from "vitest";
import { type Audience, LocalHub, type Receiver } from "./hub.ts";
import { type OutgoingPacket, push } from "./outgoing.ts";

let nextId = 1;

class Inbox implements Receiver {
  readonly id = nextId++;
  readonly user: number | undefined;
  readonly extensions: ReadonlySet<ExtensionName>;
  readonly packets: OutgoingPacket[] = [];
  cutFor: string | undefined;

  constructor(user?: number, extensions: readonly ExtensionName[] = []) {
    this.user = user;
    this.extensions = new Set(extensions);
  }

  deliver(packet: OutgoingPacket): void {
    this.packets.push(packet);
  }

  cut(reason: string): void {
    this.cutFor = reason;
  }
}

const joined = (hub: LocalHub, user?: number, extensions?: readonly ExtensionName[]): Inbox => {
  const inbox = new Inbox(user, extensions);
  hub.join(inbox);
  if (user !== undefined) hub.sessionOpened(inbox);
  return inbox;
};

const packet = push("online", { data: [] });

it("counts sessions, not connections, and each user once", () => {
  const hub = new LocalHub(() => true);
  const first = joined(hub, 1);
  const second = joined(hub, 1);
  const stranger = joined(hub);
  expect(hub.online()).toEqual([1]);
  expect(hub.leave(stranger)).toEqual({ wentOffline: false });
  expect(hub.leave(first)).toEqual({ wentOffline: false });
  expect(hub.leave(second)).toEqual({ wentOffline: true });
  expect(hub.leave(second)).toEqual({ wentOffline: false });
  expect(hub.online()).toEqual([]);
});

it("reaches exactly its audience", () => {
  const hub = new LocalHub((channel, user) => channel === 10 && user === 1);
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

it("gives each user a packet of their own, once for all their sessions", () => {
  const hub = new LocalHub(() => true);
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
  const hub = new LocalHub(() => true);
  const [first, second, other] = [joined(hub, 1), joined(hub, 1), joined(hub, 2)];
  hub.cutUser(1, "banned");
  expect([first.cutFor, second.cutFor, other.cutFor]).toEqual(["banned", "banned", undefined]);
});
