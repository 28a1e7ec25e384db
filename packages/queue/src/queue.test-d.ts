import { expectTypeOf, it } from "vitest";
import {
  EntryStartEvent,
  type QueueEntry,
  type QueueNode,
  QueuePlayer,
  type QueueSnapshot,
  readSnapshot,
} from "./index.ts";

interface Song {
  readonly channel: string;
}
declare const node: QueueNode;
declare const isSong: (value: unknown) => Song;

it("types the user data of entries", () => {
  const player = new QueuePlayer<Song>(node, "1", {
    autoplay: (last) => {
      expectTypeOf(last).toEqualTypeOf<QueueEntry<Song>>();
      return [{ track: last.track, requester: last.requester, userData: { channel: "x" } }];
    },
  });
  expectTypeOf(player.queue.current?.userData).toEqualTypeOf<Song | undefined>();
  expectTypeOf(player.toSnapshot()).toEqualTypeOf<QueueSnapshot<Song>>();
  player.on(EntryStartEvent<Song>, ({ entry }) => {
    expectTypeOf(entry.userData).toEqualTypeOf<Song | undefined>();
  });
  player.on(EntryStartEvent, ({ entry }) => {
    expectTypeOf(entry.userData).toEqualTypeOf<unknown>();
  });
  // @ts-expect-error: not the data of this player.
  player.add([], { id: "1", name: "ann" }, "back", { room: 1 });
});

it("infers the user data from a snapshot", () => {
  const player = new QueuePlayer(node, "1", { snapshot: readSnapshot({}, isSong) });
  expectTypeOf(player.queue.current?.userData).toEqualTypeOf<Song | undefined>();
  expectTypeOf(readSnapshot({}).current?.userData).toEqualTypeOf<unknown>();
});
