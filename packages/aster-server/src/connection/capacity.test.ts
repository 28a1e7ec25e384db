import { describe, expect, it } from "vitest";
import { defaultConnectionLimits } from "../settings.ts";
import { Capacity, type CapacityLimits, defaultCapacityLimits, type LimitedConnection } from "./capacity.ts";

let now = 0;
const open = (limits: Partial<CapacityLimits>): Capacity =>
  new Capacity({ ...defaultCapacityLimits, ...limits }, defaultConnectionLimits, () => now);

interface FakeConnection extends LimitedConnection {
  readonly reasons: string[];
}

const connection = (): FakeConnection => {
  const reasons: string[] = [];
  return { network: "192.0.2.1", reasons, disconnect: (reason) => void reasons.push(reason) };
};

describe("admit", () => {
  it("refuses connections above the limit of an address, and above the limit of all", () => {
    const capacity = open({ connections: 3, connectionsPerAddress: 2 });
    expect([capacity.admit("a"), capacity.admit("a")]).toEqual([undefined, undefined]);
    expect(capacity.admit("a")).toBe("too many connections of one address");
    expect(capacity.admit("b")).toBe(undefined);
    expect(capacity.admit("c")).toBe("too many connections");
    capacity.release("a");
    expect(capacity.admit("c")).toBe(undefined);
    expect(capacity.admit("a")).toBe("too many connections");
  });

  it("refuses connections that an address opens faster than its rate, also after it has closed all", () => {
    const capacity = open({ newConnectionsPerSecond: 2 });
    const visit = () => {
      const refusal = capacity.admit("a");
      if (refusal === undefined) capacity.release("a");
      return refusal;
    };
    const visits = Array.from({ length: 21 }, visit);
    expect(visits.filter((refusal) => refusal === undefined)).toHaveLength(20);
    expect(visits.at(-1)).toBe("too many new connections of one address");
    expect(capacity.admit("b")).toBe(undefined);
    now += 500;
    expect([visit(), visit()]).toEqual([undefined, "too many new connections of one address"]);
  });

  it("counts page requests of a proxy as open connections, but not as new ones", () => {
    const capacity = open({ newConnectionsPerSecond: 1, connectionsPerAddress: 2 });
    for (let count = 0; count < 100; count++) {
      expect(capacity.admitRequest("a")).toBe(undefined);
      capacity.releaseAddress("a");
    }
    expect([capacity.admitRequest("a"), capacity.admit("a")]).toEqual([undefined, undefined]);
    expect(capacity.admitRequest("a")).toBe("too many connections of one address");
  });

  it("has no limits if they are infinite", () => {
    const capacity = open({
      connections: Number.POSITIVE_INFINITY,
      connectionsPerAddress: Number.POSITIVE_INFINITY,
      newConnectionsPerSecond: Number.POSITIVE_INFINITY,
      guestRequestsPerSecond: Number.POSITIVE_INFINITY,
    });
    for (let count = 0; count < 20_000; count++) expect(capacity.admit("a")).toBe(undefined);
    expect(capacity.guestRateOf("a").takeOnCredit(1e9)).toBe(0);
  });
});

describe("guestRateOf", () => {
  it("is shared by an address, and not refilled by leaving and coming back", () => {
    const capacity = open({ guestRequestsPerSecond: 10 });
    capacity.admit("a");
    expect(capacity.guestRateOf("a").tryTake(40)).toBe(true);
    capacity.release("a");
    capacity.admit("a");
    expect(capacity.guestRateOf("a").tryTake()).toBe(false);
    capacity.admit("b");
    expect(capacity.guestRateOf("b").tryTake()).toBe(true);
  });

  it("remembers a bounded number of addresses", () => {
    const capacity = open({ guestRequestsPerSecond: 10 });
    for (let address = 0; address < 30_000; address++) {
      const name = `${address}`;
      capacity.admit(name);
      capacity.guestRateOf(name).tryTake(40);
      capacity.release(name);
    }
    expect(capacity.rememberedAddresses).toBeLessThanOrEqual(20_000);
    capacity.admit("29999");
    expect(capacity.guestRateOf("29999").tryTake()).toBe(false);
  });
});

describe("guests", () => {
  it("disconnects the oldest above the limit", () => {
    const capacity = open({ guests: 2 });
    const [first, second, third] = [connection(), connection(), connection()];
    for (const guest of [first, second, third]) capacity.addGuest(guest);
    expect([first.reasons, second.reasons, third.reasons]).toEqual([["too many guests"], [], []]);
    capacity.removeGuest(second, 0);
    const fourth = connection();
    capacity.addGuest(fourth);
    expect([third.reasons, fourth.reasons]).toEqual([[], []]);
    expect(capacity.guests).toBe(2);
  });

  it("refuses growth above the sum of all buffers, except to small ones", () => {
    const capacity = open({ guestBufferBytes: 100_000 });
    expect(capacity.resizeGuestBuffer(0, 60_000)).toBe(true);
    expect(capacity.resizeGuestBuffer(0, 40_001)).toBe(false);
    expect(capacity.resizeGuestBuffer(0, 4096)).toBe(true);
    expect(capacity.resizeGuestBuffer(0, 4097)).toBe(false);
    // Shrinking is always possible.
    expect(capacity.resizeGuestBuffer(60_000, 50_000)).toBe(true);
    expect(capacity.guestBytes).toBe(50_000 + 40_001 + 4096 + 4097);
    capacity.removeGuest(connection(), 40_001);
    expect(capacity.guestBytes).toBe(50_000 + 4096 + 4097);
  });
});

describe("openSession", () => {
  it("disconnects the oldest session of the account above the limit", () => {
    const capacity = open({ sessionsPerAccount: 2 });
    const [first, second, third, other] = [connection(), connection(), connection(), connection()];
    for (const session of [first, second, third]) capacity.openSession(1, session);
    capacity.openSession(2, other);
    expect(first.reasons).toEqual(["too many sessions of one account"]);
    expect([second.reasons, third.reasons, other.reasons]).toEqual([[], [], []]);
    capacity.closeSession(1, second);
    capacity.openSession(1, connection());
    expect(third.reasons).toEqual([]);
  });

  it("gives the sessions of an account one rate, until the last one closes", () => {
    now = 0;
    const capacity = open({});
    const [first, second] = [connection(), connection()];
    const rate = capacity.openSession(1, first);
    expect(capacity.openSession(1, second)).toBe(rate);
    expect(capacity.openSession(2, connection())).not.toBe(rate);
    expect(rate.tryTake(400)).toBe(true);
    capacity.closeSession(1, first);
    expect(capacity.openSession(1, connection()).tryTake()).toBe(false);
  });
});
