import { describe, expect, it } from "vitest";
import { type AndesiteEvent, TrackEvent } from "../events/andesite-event.ts";
import { readReceiveOperation } from "../events/read-receive-operation.ts";
import { Play, type PlayOptions } from "../operations/playback.ts";
import { StartedPlays } from "./started-plays.ts";

const event = (type: string, track: string, reason = "FINISHED") =>
  readReceiveOperation({ op: "event", type, userId: "1", guildId: "2", track, reason, thresholdMs: 1 })
    .operation as AndesiteEvent;

function setUp() {
  const plays = new StartedPlays();
  return {
    plays,
    send: (track: string, options?: PlayOptions) =>
      plays.recordTransmitted("2", "play", new Play(track, options).toRaw()),
    /** Returns the user data that an event gets. */
    userData: (type: string, track: string) => {
      const received = event(type, track);
      plays.attachPlay(received);
      return received instanceof TrackEvent ? received.userData : undefined;
    },
  };
}

describe("events of a track have the operation that started it", () => {
  it("from its start to its end", () => {
    const { send, userData } = setUp();
    send("A", { userData: 1 });
    const types = ["TrackStartEvent", "TrackExceptionEvent", "TrackStuckEvent", "TrackEndEvent"];
    expect(types.map((type) => userData(type, "A"))).toEqual([1, 1, 1, 1]);
    expect(userData("TrackEndEvent", "A")).toBe(null);
  });

  it("when one replaces another, whose end is reported first", () => {
    const { send, userData } = setUp();
    send("A", { userData: 1 });
    userData("TrackStartEvent", "A");
    send("B", { userData: 2 });
    expect([userData("TrackEndEvent", "A"), userData("TrackStartEvent", "B")]).toEqual([1, 2]);
  });

  it("when it was queued, and not when it was dropped", () => {
    const { plays, send, userData } = setUp();
    send("A", { userData: 1 });
    send("B", { next: true, userData: 2 });
    userData("TrackStartEvent", "A");
    expect([userData("TrackEndEvent", "A"), userData("TrackStartEvent", "B")]).toEqual([1, 2]);
    send("C", { next: true, userData: 3 });
    plays.recordTransmitted("2", "stop", {});
    expect([userData("TrackEndEvent", "B"), userData("TrackStartEvent", "C")]).toEqual([2, null]);
  });

  it("and none when another client started it, or the guild moved away", () => {
    const { plays, send, userData } = setUp();
    send("A", { userData: 1 });
    expect(userData("TrackStartEvent", "B")).toBe(null);
    plays.releaseGuild("2");
    expect(userData("TrackStartEvent", "A")).toBe(null);
    plays.recordTransmitted("2", "play", { track: 5 });
    expect(userData("TrackStartEvent", "A")).toBe(null);
  });

  it("when several are sent before the first start is reported", () => {
    const { send, userData } = setUp();
    send("A", { userData: 1 });
    send("A", { noReplace: true, userData: 2 });
    send("B", { userData: 3 });
    expect(userData("TrackStartEvent", "A")).toBe(1);
    expect([userData("TrackEndEvent", "A"), userData("TrackStartEvent", "B")]).toEqual([1, 3]);
    expect(userData("TrackStartEvent", "A")).toBe(null);
  });

  it("and a play that replaces nothing leaves the current one", () => {
    const { send, userData } = setUp();
    send("A", { userData: 1 });
    userData("TrackStartEvent", "A");
    send("A", { noReplace: true, userData: 2 });
    expect(userData("TrackEndEvent", "A")).toBe(1);
  });
});

describe("a play that the node refused", () => {
  it("does not give its data to a later play of the same track", () => {
    const { plays, send, userData } = setUp();
    send("A", { userData: 1 });
    plays.refusePlay("2", "A");
    send("A", { userData: 2 });
    expect(userData("TrackStartEvent", "A")).toBe(2);
    send("B", { next: true, userData: 3 });
    plays.refusePlay("2", "B");
    userData("TrackEndEvent", "A");
    expect(userData("TrackStartEvent", "B")).toBe(null);
    plays.refusePlay("3", "A");
  });
});

describe("the plays of an earlier process", () => {
  it("give their data to the events of the same tracks until the player starts another", () => {
    const { plays, send, userData } = setUp();
    plays.addStored("2", new Play("A", { userData: 1 }), new Play("B", { next: true, userData: 2 }));
    expect(userData("TrackStuckEvent", "X")).toBe(null);
    expect(userData("TrackStuckEvent", "A")).toBe(1);
    expect(userData("TrackEndEvent", "A")).toBe(1);
    expect(userData("TrackStartEvent", "B")).toBe(2);
    plays.addStored("2", new Play("C", { userData: 3 }), null);
    send("D");
    userData("TrackStartEvent", "D");
    expect(userData("TrackEndEvent", "C")).toBe(null);
  });

  it("do not replace those of this process", () => {
    const { plays, send, userData } = setUp();
    send("A", { userData: 1 });
    userData("TrackStartEvent", "A");
    send("B", { next: true, userData: 2 });
    plays.addStored("2", new Play("A", { userData: 8 }), new Play("B", { next: true, userData: 9 }));
    expect([userData("TrackEndEvent", "A"), userData("TrackStartEvent", "B")]).toEqual([1, 2]);
  });
});
