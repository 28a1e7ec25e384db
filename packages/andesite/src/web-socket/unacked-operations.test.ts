import { encodeTrack } from "@asterite/lavaplayer-track";
import { describe, expect, it } from "vitest";
import type { Outgoing } from "./outbox.ts";
import { Ledger } from "./unacked-operations.ts";

const message = (op: string, fields: object = {}, guildId = "5", transient = false): Outgoing => ({
  guildId,
  op,
  text: JSON.stringify({ ...fields, op, guildId }),
  resolve: () => {},
  reject: () => {},
  transient,
});
const play = (track: string, fields: object = {}) => message("play", { track, ...fields });
const answer = (ledger: Ledger, ping: string) => ledger.passed({ ...JSON.parse(ping), op: "pong" });
const opsOf = (messages: readonly Outgoing[]) => messages.map(({ op, text }) => JSON.parse(text).track ?? op);

describe("the start of a track", () => {
  it("confirms its play and everything before that", () => {
    const ledger = new Ledger();
    for (const sent of [message("volume"), play("A"), message("pause")]) ledger.transmitted(sent);
    ledger.started("5", "A");
    expect(opsOf(ledger.resend("5", true))).toEqual(["pause"]);
  });

  it("confirms no play of another track", () => {
    const ledger = new Ledger();
    for (const sent of [play("A"), play("B")]) ledger.transmitted(sent);
    answer(ledger, ledger.barrier());
    ledger.started("5", "A");
    // The node has handled it, but no state knows of it yet.
    expect(ledger.awaitedTrack("5")).toBe("B");
    expect(opsOf(ledger.resend("5", true))).toEqual([]);
    expect(opsOf(ledger.resend("5", false))).toEqual(["B"]);
  });

  it("is known by the track, however the node writes it", () => {
    const info = { title: "t", author: "a", duration: 60, identifier: "x" };
    const [given, reported, other] = [
      encodeTrack({ info, source: "youtube" }),
      encodeTrack({ info, source: "youtube", positionMs: 5_000n }),
      encodeTrack({ info: { ...info, identifier: "y" }, source: "youtube" }),
    ];
    const ledger = new Ledger();
    ledger.transmitted(play(given));
    ledger.started("5", other);
    expect(ledger.resend("5", true)).toHaveLength(1);
    ledger.transmitted(play(given));
    ledger.started("5", reported);
    expect(ledger.resend("5", true)).toEqual([]);
  });

  it("does not make the destruction before it forget the player", () => {
    const ledger = new Ledger();
    ledger.transmitted(message("destroy"));
    ledger.transmitted(play("A"));
    const ping = ledger.barrier();
    ledger.started("5", "A");
    answer(ledger, ping);
    expect(ledger.has("5")).toBe(true);
  });
});

describe("a lost connection", () => {
  it("leaves nothing that keeps barriers from being asked for", () => {
    const ledger = new Ledger();
    expect(ledger.transmitted(message("pause"))).toBe(true);
    ledger.barrier();
    ledger.lost();
    expect(ledger.transmitted(message("pause"))).toBe(true);
  });

  it("makes the destruction of moved players necessary again", () => {
    const ledger = new Ledger();
    ledger.release("5");
    ledger.destroying("5");
    expect([ledger.stale, ledger.isStale("5")]).toEqual([[], true]);
    ledger.lost();
    expect(ledger.stale).toEqual(["5"]);
    ledger.destroying("5");
    answer(ledger, ledger.barrier());
    ledger.lost();
    expect(ledger.stale).toEqual([]);
  });

  it("leaves what is told of a moved player out until something is sent for its guild again", () => {
    const ledger = new Ledger();
    ledger.release("5");
    ledger.destroying("5");
    ledger.address("5");
    answer(ledger, ledger.barrier());
    expect(ledger.isStale("5")).toBe(true);
    ledger.address("5");
    expect(ledger.isStale("5")).toBe(false);
  });

  it("listens to a player that came back before the one before it was destroyed", () => {
    const ledger = new Ledger();
    ledger.release("5");
    ledger.destroying("5");
    ledger.adopt("5");
    expect(ledger.isStale("5")).toBe(true);
    answer(ledger, ledger.barrier());
    expect(ledger.isStale("5")).toBe(false);
  });

  it("has what restores a player made anew, not sent again", () => {
    const ledger = new Ledger();
    ledger.transmitted(message("play", { track: "A" }, "5", true));
    expect([ledger.has("5"), ledger.resend("5", false)]).toEqual([true, []]);
  });
});

describe("a guild that was given away and came back", () => {
  it("has another player", () => {
    const ledger = new Ledger();
    expect(ledger.lifeOf("5")).toBeUndefined();
    ledger.adopt("5");
    const life = ledger.lifeOf("5");
    ledger.adopt("5");
    ledger.transmitted(message("pause"));
    expect(ledger.lifeOf("5")).toBe(life);
    ledger.release("5");
    ledger.adopt("5");
    expect(ledger.lifeOf("5")).not.toBe(life);
  });
});

describe("a node that answers nothing", () => {
  it("does not push the play of a guild out with what is undone anyway", () => {
    const ledger = new Ledger();
    ledger.transmitted(play("A"));
    for (let volume = 0; volume < 1_000; volume++) ledger.transmitted(message("volume", { volume }));
    const left = ledger.resend("5", false);
    expect(left.length).toBe(256);
    expect(left[0]?.op).toBe("play");
    expect(JSON.parse(left.at(-1)?.text ?? "").volume).toBe(999);
  });

  it("is asked again when it answers a later barrier only", () => {
    const ledger = new Ledger();
    for (let barrier = 0; barrier < 200; barrier++) {
      ledger.transmitted(message("pause"));
      ledger.barrier();
    }
    expect(answer(ledger, JSON.stringify({ asteriteBarrier: 200 }))).toBe(false);
    expect(ledger.resend("5", true)).toEqual([]);
    expect(ledger.transmitted(message("pause"))).toBe(true);
  });
});

describe("what is uncertain", () => {
  it("holds voice servers too, and no questions", () => {
    const ledger = new Ledger();
    for (const op of ["voice-server-update", "get-player", "ping", "get-stats"]) {
      ledger.transmitted(message(op));
    }
    expect(opsOf(ledger.release("5"))).toEqual(["voice-server-update"]);
  });

  it("says whether the player may be gone", () => {
    const ledger = new Ledger();
    ledger.transmitted(message("destroy"));
    expect([ledger.mayBeDestroyed("5"), ledger.mayBeDestroyed("6")]).toEqual([true, false]);
    answer(ledger, ledger.barrier());
    expect([ledger.mayBeDestroyed("5"), ledger.has("5")]).toEqual([false, false]);
  });
});
