import { expect, it } from "vitest";
import { LocalHub, type Receiver } from "./hub.ts";
import { type OutgoingPacket, push } from "./outgoing.ts";

class Inbox implements Receiver {
  user: number | undefined;
  readonly packets: OutgoingPacket[] = [];

  constructor(user?: number) {
    this.user = user;
  }

  deliver(packet: OutgoingPacket): void {
    this.packets.push(packet);
  }
}

const joined = (hub: LocalHub, user?: number): Inbox => {
  const inbox = new Inbox(user);
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

it("reaches everyone, strangers too, or only those who may read", () => {
  const hub = new LocalHub((channel, user) => channel === 10 && user === 1);
  const reader = joined(hub, 1);
  const outsider = joined(hub, 2);
  const stranger = joined(hub);
  hub.publish({ kind: "everyone" }, packet);
  expect([reader, outsider, stranger].map(({ packets }) => packets.length)).toEqual([1, 1, 1]);
  hub.publish({ kind: "readers", channel: 10 }, packet);
  hub.publish({ kind: "readers", channel: 11 }, packet);
  expect([reader, outsider, stranger].map(({ packets }) => packets.length)).toEqual([2, 1, 1]);
});
