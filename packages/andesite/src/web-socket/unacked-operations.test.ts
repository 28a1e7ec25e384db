import { encodeTrack } from "@asterite/lavaplayer-track";
import { describe, expect, it } from "vitest";
import type { OutgoingMessage } from "./outbox.ts";
import { UnackedOperations } from "./unacked-operations.ts";

const message = (op: string, fields: object = {}, guildId = "5", transient = false): OutgoingMessage => ({
  guildId,
  op,
  text: JSON.stringify({ ...fields, op, guildId }),
  resolve: () => {},
  reject: () => {},
  isTransient: transient,
  expiresAtMs: Number.POSITIVE_INFINITY,
});
const play = (track: string, fields: object = {}) => message("play", { track, ...fields });
const answer = (ledger: UnackedOperations, ping: string) =>
  ledger.handlePong({ ...JSON.parse(ping), op: "pong" });
const opsOf = (messages: readonly OutgoingMessage[]) =>
  messages.map(({ op, text }) => JSON.parse(text).track ?? op);

describe("the start of a track", () => {
  it("acknowledges its play and all operations before it", () => {
    const ledger = new UnackedOperations();
    for (const sent of [message("volume"), play("A"), message("pause")]) ledger.recordTransmitted(sent);
    ledger.acknowledgeStart("5", "A");
    expect(opsOf(ledger.takeUnacked("5", true))).toEqual(["pause"]);
  });

  it("does not acknowledge the play of another track", () => {
    const ledger = new UnackedOperations();
    for (const sent of [play("A"), play("B")]) ledger.recordTransmitted(sent);
    answer(ledger, ledger.createBarrier());
    ledger.acknowledgeStart("5", "A");
    // The node has processed the play, but no state has its track yet.
    expect(ledger.unstartedTrack("5")).toBe("B");
    expect(opsOf(ledger.takeUnacked("5", true))).toEqual([]);
    expect(opsOf(ledger.takeUnacked("5", false))).toEqual(["B"]);
  });

  it("is matched by track, independent of its encoding", () => {
    const info = { title: "t", author: "a", duration: 60, identifier: "x" };
    const [given, reported, other] = [
      encodeTrack({ info, source: "youtube" }),
      encodeTrack({ info, source: "youtube", positionMs: 5_000n }),
      encodeTrack({ info: { ...info, identifier: "y" }, source: "youtube" }),
    ];
    const ledger = new UnackedOperations();
    ledger.recordTransmitted(play(given));
    ledger.acknowledgeStart("5", other);
    expect(ledger.takeUnacked("5", true)).toHaveLength(1);
    ledger.recordTransmitted(play(given));
    ledger.acknowledgeStart("5", reported);
    expect(ledger.takeUnacked("5", true)).toEqual([]);
  });

  it("does not remove the player because of an earlier destroy", () => {
    const ledger = new UnackedOperations();
    ledger.recordTransmitted(message("destroy"));
    ledger.recordTransmitted(play("A"));
    const ping = ledger.createBarrier();
    ledger.acknowledgeStart("5", "A");
    answer(ledger, ping);
    expect(ledger.hasPlayer("5")).toBe(true);
  });
});

describe("a lost connection", () => {
  it("does not prevent later barriers", () => {
    const ledger = new UnackedOperations();
    expect(ledger.recordTransmitted(message("pause"))).toBe(true);
    ledger.createBarrier();
    ledger.endConnection();
    expect(ledger.recordTransmitted(message("pause"))).toBe(true);
  });

  it("requires the destroy of moved players again", () => {
    const ledger = new UnackedOperations();
    ledger.releaseGuild("5");
    ledger.recordDestroy("5");
    expect([ledger.stalePlayers, ledger.isStalePlayer("5")]).toEqual([[], true]);
    ledger.endConnection();
    expect(ledger.stalePlayers).toEqual(["5"]);
    ledger.recordDestroy("5");
    answer(ledger, ledger.createBarrier());
    ledger.endConnection();
    expect(ledger.stalePlayers).toEqual([]);
  });

  it("keeps messages about a moved player stale until a message is sent for its guild", () => {
    const ledger = new UnackedOperations();
    ledger.releaseGuild("5");
    ledger.recordDestroy("5");
    ledger.markAddressed("5");
    answer(ledger, ledger.createBarrier());
    expect(ledger.isStalePlayer("5")).toBe(true);
    ledger.markAddressed("5");
    expect(ledger.isStalePlayer("5")).toBe(false);
  });

  it("handles the reply to a query that was sent before the node acknowledged the destruction", () => {
    const ledger = new UnackedOperations();
    ledger.releaseGuild("5");
    ledger.recordDestroy("5");
    const barrier = ledger.createBarrier();
    ledger.markAddressed("5");
    expect(ledger.isStalePlayer("5")).toBe(true);
    answer(ledger, barrier);
    expect(ledger.isStalePlayer("5")).toBe(false);
  });

  it("does not treat a returned player as stale while the previous one is being destroyed", () => {
    const ledger = new UnackedOperations();
    ledger.releaseGuild("5");
    ledger.recordDestroy("5");
    ledger.addPlayer("5");
    expect(ledger.isStalePlayer("5")).toBe(true);
    answer(ledger, ledger.createBarrier());
    expect(ledger.isStalePlayer("5")).toBe(false);
  });

  it("does not send messages again that restore a player", () => {
    const ledger = new UnackedOperations();
    ledger.recordTransmitted(message("play", { track: "A" }, "5", true));
    expect([ledger.hasPlayer("5"), ledger.takeUnacked("5", false)]).toEqual([true, []]);
  });
});

describe("a guild that was moved away and back", () => {
  it("has another epoch", () => {
    const ledger = new UnackedOperations();
    expect(ledger.epochOf("5")).toBeUndefined();
    ledger.addPlayer("5");
    const life = ledger.epochOf("5");
    ledger.addPlayer("5");
    ledger.recordTransmitted(message("pause"));
    expect(ledger.epochOf("5")).toBe(life);
    ledger.releaseGuild("5");
    ledger.addPlayer("5");
    expect(ledger.epochOf("5")).not.toBe(life);
  });
});

describe("a node that acknowledges nothing", () => {
  it("does not make the play of a guild be dropped before overwritten operations", () => {
    const ledger = new UnackedOperations();
    ledger.recordTransmitted(play("A"));
    for (let volume = 0; volume < 1_000; volume++) ledger.recordTransmitted(message("volume", { volume }));
    const left = ledger.takeUnacked("5", false);
    expect(left.length).toBe(256);
    expect(left[0]?.op).toBe("play");
    expect(JSON.parse(left.at(-1)?.text ?? "").volume).toBe(999);
  });

  it("gets another barrier when it answers only a later one", () => {
    const ledger = new UnackedOperations();
    for (let barrier = 0; barrier < 200; barrier++) {
      ledger.recordTransmitted(message("pause"));
      ledger.createBarrier();
    }
    expect(answer(ledger, JSON.stringify({ asteriteBarrier: 200 }))).toBe(false);
    expect(ledger.takeUnacked("5", true)).toEqual([]);
    expect(ledger.recordTransmitted(message("pause"))).toBe(true);
  });
});

describe("unacknowledged operations", () => {
  it("include voice server updates, but no queries", () => {
    const ledger = new UnackedOperations();
    for (const op of ["voice-server-update", "get-player", "ping", "get-stats"]) {
      ledger.recordTransmitted(message(op));
    }
    expect(opsOf(ledger.releaseGuild("5"))).toEqual(["voice-server-update"]);
  });

  it("show whether the player may have been destroyed", () => {
    const ledger = new UnackedOperations();
    ledger.recordTransmitted(message("destroy"));
    expect([ledger.hasUnackedDestroy("5"), ledger.hasUnackedDestroy("6")]).toEqual([true, false]);
    answer(ledger, ledger.createBarrier());
    expect([ledger.hasUnackedDestroy("5"), ledger.hasPlayer("5")]).toEqual([false, false]);
  });
});

describe("a refused play", () => {
  it("is not sent again, unlike the others of its guild", () => {
    const ledger = new UnackedOperations();
    for (const sent of [play("A"), play("!"), message("pause"), play("B")]) ledger.recordTransmitted(sent);
    ledger.refusePlay("5", "!");
    ledger.refusePlay("6", "A");
    expect(opsOf(ledger.takeUnacked("5", false))).toEqual(["A", "pause", "B"]);
  });

  it("of a node that does not name the track is the first that is not acknowledged", () => {
    const ledger = new UnackedOperations();
    ledger.recordTransmitted(play("A"));
    answer(ledger, ledger.createBarrier());
    for (const sent of [play("!"), play("B")]) ledger.recordTransmitted(sent);
    ledger.refusePlay("5", null);
    expect(opsOf(ledger.takeUnacked("5", false))).toEqual(["A", "B"]);
  });
});
