import { expect, it } from "vitest";
import { Cache } from "../cache/cache.ts";
import { Emitter } from "../emitter.ts";
import type { ServerEventMap } from "../events.ts";
import { Server } from "../server.ts";
import { emitTransientPush } from "./transient-pushes.ts";

const server = new Server("test", 1, { username: "ann", password: "x" });
const cache = new Cache(server, { messagesPerChannel: 3, users: 10 }, () => {});
const names = ["typing", "channelState", "readMarker"] as const;

/** Returns the events of a push. */
function eventsOf(packet: { command: string; [field: string]: unknown }): unknown[] {
  const emitter = new Emitter<ServerEventMap>(names, () => {});
  const events: unknown[] = [];
  for (const name of names) {
    emitter.on(name, (event: unknown, from: unknown) => {
      expect(from).toBe(server);
      events.push([name, event]);
    });
  }
  emitTransientPush({ status: 200, ...packet }, cache, server, emitter);
  return events;
}

const channel = cache.getChannelOrPlaceholder(3);
const typing = { command: "typing", author_uuid: 7, channel: 3 };
const state = { command: "channel_state", channel: 3, key: "music", value: { a: 1 }, author_uuid: 7 };
const marker = { command: "read_marker", channel: 3, message: 9, unread: 2 };

it("emits who types, the state of a channel and a read marker", () => {
  expect(eventsOf(typing)).toEqual([["typing", { user: cache.users.getOrPlaceholder(7), channel }]]);
  expect(eventsOf(state)).toEqual([
    ["channelState", { channel, key: "music", value: { a: 1 }, authorUuid: 7 }],
  ]);
  expect(eventsOf(marker)).toEqual([["readMarker", { channel, messageUuid: 9, unread: 2 }]]);
});

it.each([typing, state, marker])(
  "ignores a $command that is refused, malformed or another command",
  (push) => {
    expect(eventsOf({ ...push, status: 403 })).toEqual([]);
    expect(eventsOf({ ...push, channel: "3" })).toEqual([]);
    expect(eventsOf({ ...push, command: "content" })).toEqual([]);
  },
);
