import { FakeClock } from "@asterite/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CertificateError, CommandError } from "../errors.ts";
import type { OpenTransport, TransportEvents } from "../transport/transport.ts";
import { Session, type SessionOptions } from "./session.ts";

/** One connection attempt of the session under test, from the server's side. */
interface Attempt {
  readonly events: TransportEvents;
  readonly signal: AbortSignal;
  readonly sent: string[];
  bytes: number;
  closed: "" | "close" | "destroy";
  accept(): void;
  refuse(error: Error): void;
}

let clock: FakeClock;
let attempts: Attempt[];
let statuses: string[];
let packets: string[];
let session: Session;
/** Results of the login and of loading on the next connections. */
let authenticate: () => Promise<void>;
let load: () => Promise<void>;

const last = (): Attempt => {
  const attempt = attempts.at(-1);
  if (!attempt) throw new Error("no connection attempt");
  return attempt;
};

const openTransport: OpenTransport = (_target, events, signal) =>
  new Promise((resolve, reject) => {
    const attempt: Attempt = {
      events,
      signal,
      sent: [],
      bytes: 0,
      closed: "",
      accept: () =>
        resolve({
          get bytesReceived() {
            return attempt.bytes;
          },
          send: (text) => attempt.sent.push(text),
          close: () => {
            attempt.closed = "close";
          },
          destroy: () => {
            attempt.closed = "destroy";
            events.closed(undefined);
          },
        }),
      refuse: reject,
    };
    signal.addEventListener("abort", () => reject(signal.reason));
    attempts.push(attempt);
  });

function newSession(options: Partial<SessionOptions> = {}): Session {
  return new Session({
    target: { host: "test", port: 1, framing: "lines", tls: false, packetBytes: 1e6 },
    openTransport,
    hooks: {
      authenticate: () => authenticate(),
      load: () => load(),
      handlePacket: (packet) => packets.push(packet.command),
      handleStatus: (status) => statuses.push(status),
    },
    clock,
    connectTimeoutMs: 15_000,
    requestTimeoutMs: 30_000,
    idlePingMs: 30_000,
    pingTimeoutMs: 10_000,
    reconnect: { firstDelayMs: 500, longestDelayMs: 30_000, stableAfterMs: 60_000, initial: false },
    random: () => 1,
    ...options,
  });
}

async function ready(): Promise<void> {
  const connected = session.connect();
  last().accept();
  await connected;
}

/** Waits for the next attempt and lets it succeed. */
async function reconnectAfter(delayMs: number): Promise<void> {
  await clock.advance(delayMs);
  last().accept();
  await clock.advance(0);
}

beforeEach(() => {
  clock = new FakeClock(1_000_000);
  attempts = [];
  statuses = [];
  packets = [];
  authenticate = () => Promise.resolve();
  load = () => Promise.resolve();
  session = newSession();
});

afterEach(async () => {
  session.close();
  for (const { events } of attempts) events.closed(undefined);
  await clock.advance(60_000);
  await session.closed.catch(() => {});
  expect(clock.pending).toBe(0);
});

describe("connecting", () => {
  it("passes through every state; connect resolves when ready", async () => {
    const steps: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()];
    authenticate = () => steps[0]?.promise ?? Promise.resolve();
    load = () => steps[1]?.promise ?? Promise.resolve();
    expect(session.status).toBe("idle");
    let isReady = false;
    const connected = session.connect().then(() => {
      isReady = true;
    });
    expect(session.status).toBe("connecting");
    last().accept();
    await clock.advance(0);
    expect(session.status).toBe("authenticating");
    steps[0]?.resolve();
    await clock.advance(0);
    expect([session.status, isReady]).toEqual(["loading", false]);
    steps[1]?.resolve();
    await connected;
    expect(statuses).toEqual(["connecting", "authenticating", "loading", "ready"]);
  });

  it("closes and rejects when the server refuses the login", async () => {
    authenticate = () => Promise.reject(new CommandError("login", 403));
    const connected = session.connect();
    last().accept();
    await expect(connected).rejects.toMatchObject({ command: "login", status: 403 });
    expect(session.status).toBe("closed");
    last().events.closed(undefined);
    await expect(session.closed).rejects.toMatchObject({ status: 403 });
  });

  it("times out", async () => {
    const connected = session.connect();
    connected.catch(() => {});
    await clock.advance(14_999);
    expect(session.status).toBe("connecting");
    await clock.advance(1);
    await expect(connected).rejects.toMatchObject({ code: "TIMED_OUT" });
    expect(last().signal.aborted).toBe(true);
  });

  it("fails when the connection is lost in any phase", async () => {
    for (const phase of ["authenticating", "loading"]) {
      attempts = [];
      session = newSession();
      authenticate = phase === "authenticating" ? () => new Promise(() => {}) : () => Promise.resolve();
      load = () => new Promise(() => {});
      const connected = session.connect();
      last().accept();
      await clock.advance(0);
      expect(session.status).toBe(phase);
      last().events.closed(new Error("ECONNRESET"));
      await expect(connected).rejects.toMatchObject({
        code: "CONNECTION_LOST",
        cause: new Error("ECONNRESET"),
      });
    }
  });

  it("handles a packet that arrives before the transport is open", async () => {
    const connected = session.connect();
    last().events.received('{"command":"API_version","version":[1,0,0],"status":200}');
    last().accept();
    await connected;
    expect(packets).toEqual(["API_version"]);
  });
});

describe("protocol version", () => {
  it.each([
    ["[0,1,0]", "ready"],
    ["[1,9,9]", "ready"],
    ["[2,0,0]", "closed"],
    ['"odd"', "ready"],
  ])("%s results in %s", async (version, status) => {
    const connected = session.connect();
    last().events.received(`{"command":"API_version","version":${version},"status":200}`);
    last().accept();
    if (status === "ready") await connected;
    else
      await expect(connected).rejects.toThrow(
        /unsupported protocol version 2\.0\.0; supported: 0\.x and 1\.x/,
      );
    expect(session.status).toBe(status);
  });
});

describe("a lost connection", () => {
  it("is retried with a delay that doubles up to the maximum", async () => {
    await ready();
    const waits: number[] = [];
    last().events.closed(undefined);
    for (let attempt = 0; attempt < 9; attempt++) {
      expect(session.status).toBe("waiting");
      const before = clock.now();
      const tries = attempts.length;
      while (attempts.length === tries) await clock.advance(100);
      waits.push(clock.now() - before);
      last().refuse(new Error("ECONNREFUSED"));
      await clock.advance(0);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("resets the delay after a stable period, and not before", async () => {
    await ready();
    last().events.closed(undefined);
    await reconnectAfter(500);
    expect(session.status).toBe("ready");
    last().events.closed(undefined);
    await clock.advance(999);
    expect(session.status).toBe("waiting");
    await reconnectAfter(1);
    expect(session.status).toBe("ready");
    // Activity prevents the idle check from dropping the connection.
    for (let minute = 0; minute < 6; minute++) {
      await clock.advance(10_000);
      last().events.received('{"command":"online","data":[],"status":200}');
    }
    last().events.closed(undefined);
    await reconnectAfter(500);
    expect(session.status).toBe("ready");
  });

  it("is retried after a random part of the bound", async () => {
    session = newSession({ random: () => 0.25 });
    await ready();
    last().events.closed(undefined);
    await clock.advance(124);
    expect(attempts).toHaveLength(1);
    await clock.advance(1);
    expect(attempts).toHaveLength(2);
  });

  it("rejects pending and new requests", async () => {
    await ready();
    const request = session.request({ command: "send" });
    last().events.closed(undefined);
    await expect(request).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await expect(session.request({ command: "send" })).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect(() => session.send({ command: "send" })).toThrow(/not connected \(waiting\)/);
    const back = session.whenReady();
    await reconnectAfter(500);
    await back;
  });

  it("closes the session if reconnecting is turned off", async () => {
    session = newSession({ reconnect: false });
    await ready();
    last().events.closed(undefined);
    expect(session.status).toBe("closed");
    await expect(session.closed).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await expect(session.whenReady()).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  });

  it("closes the session after three consecutive refused logins", async () => {
    await ready();
    authenticate = () => Promise.reject(new CommandError("login", 403));
    last().events.closed(undefined);
    await reconnectAfter(500);
    await reconnectAfter(1000);
    expect(session.status).toBe("waiting");
    await reconnectAfter(2000);
    expect(session.status).toBe("closed");
    last().events.closed(undefined);
    await expect(session.closed).rejects.toMatchObject({ status: 403 });
  });

  it("starts to count refused logins anew after a login that succeeded", async () => {
    await ready();
    const refuse = () => Promise.reject(new CommandError("login", 403));
    for (const [first, second, third] of [
      [500, 1000, 2000],
      [4000, 8000, 16_000],
    ] as const) {
      authenticate = refuse;
      last().events.closed(undefined);
      await reconnectAfter(first);
      await reconnectAfter(second);
      authenticate = () => Promise.resolve();
      await reconnectAfter(third);
      expect(session.status).toBe("ready");
    }
  });

  it.each(["banned", "wrong_password", "invalid_token"])(
    "closes the session at once when a login is refused because of %s",
    async (reason) => {
      await ready();
      authenticate = () => Promise.reject(new CommandError("login", 403, { reason }));
      last().events.closed(undefined);
      await reconnectAfter(500);
      expect(session.status).toBe("closed");
      last().events.closed(undefined);
      await expect(session.closed).rejects.toMatchObject({ reason });
    },
  );

  it("waits as long as a server demands that refused too many logins, as often as it does", async () => {
    await ready();
    authenticate = () =>
      Promise.reject(new CommandError("login", 403, { reason: "rate_limited", retryAfterMs: 45_000 }));
    last().events.closed(undefined);
    await reconnectAfter(500);
    for (let round = 0; round < 5; round++) {
      const count = attempts.length;
      await clock.advance(44_999);
      expect(attempts).toHaveLength(count);
      await reconnectAfter(1);
      last().events.closed(undefined);
    }
    authenticate = () => Promise.resolve();
    await reconnectAfter(45_000);
    expect(session.status).toBe("ready");
  });

  it("closes the session at once when the certificate changed", async () => {
    await ready();
    last().events.closed(undefined);
    await clock.advance(500);
    last().refuse(new CertificateError("changed", "AA"));
    await clock.advance(0);
    await expect(session.closed).rejects.toMatchObject({ code: "CERTIFICATE_UNTRUSTED" });
  });

  it("is retried while loading fails", async () => {
    await ready();
    load = () => Promise.reject(new CommandError("get_icon", 500));
    last().events.closed(undefined);
    for (const delayMs of [500, 1000, 2000, 4000]) await reconnectAfter(delayMs);
    expect(session.status).toBe("waiting");
    load = () => Promise.resolve();
    await reconnectAfter(8000);
    expect(session.status).toBe("ready");
  });
});

describe("a silent server", () => {
  it("is pinged, and dropped without a response", async () => {
    await ready();
    await clock.advance(29_999);
    expect(last().sent).toEqual([]);
    await clock.advance(1);
    expect(last().sent).toEqual(['{"command":"ping"}']);
    await clock.advance(9999);
    expect(session.status).toBe("ready");
    await clock.advance(1);
    expect([session.status, attempts[0]?.closed]).toEqual(["waiting", "destroy"]);
  });

  it("is kept if it responds, sends a packet, or is sending a large packet", async () => {
    await ready();
    await clock.advance(30_000);
    last().events.received('{"command":"ping","status":200}');
    await clock.advance(39_999);
    last().bytes += 10;
    await clock.advance(30_000);
    last().events.received('{"command":"online","data":[],"status":200}');
    await clock.advance(39_998);
    expect(session.status).toBe("ready");
    expect(last().sent).toHaveLength(3);
    await clock.advance(2);
    expect(session.status).toBe("waiting");
  });
});

it("drops a connection on which one packet never ends", async () => {
  await ready();
  let seconds = 0;
  for (; session.status === "ready" && seconds < 1000; seconds++) {
    last().bytes += 10;
    await clock.advance(1000);
  }
  expect(seconds).toBeGreaterThanOrEqual(300);
  expect(seconds).toBeLessThan(400);
  expect(attempts[0]?.closed).toBe("destroy");
});

describe("closing", () => {
  it("sends leave, and resolves closed when the socket is closed", async () => {
    await ready();
    let isClosed = false;
    session.close();
    void session.closed.then(() => {
      isClosed = true;
    });
    expect(last().sent).toEqual(['{"command":"leave"}']);
    expect(last().closed).toBe("close");
    await clock.advance(0);
    expect(isClosed).toBe(false);
    last().events.closed(undefined);
    await session.closed;
  });

  it("destroys the socket of a server that does not read", async () => {
    await ready();
    session.close();
    await clock.advance(1999);
    expect(last().closed).toBe("close");
    await clock.advance(1);
    expect(last().closed).toBe("destroy");
    await session.closed;
  });

  it("aborts an attempt, a delay and a login", async () => {
    session.close();
    await expect(session.connect()).rejects.toMatchObject({ code: "CLOSED" });
    await session.closed;

    session = newSession();
    const connecting = session.connect();
    session.close();
    await expect(connecting).rejects.toMatchObject({ code: "CLOSED" });
    expect(last().signal.aborted).toBe(true);
    await session.closed;

    session = newSession();
    await ready();
    last().events.closed(undefined);
    session.close();
    await session.closed;
    const tries = attempts.length;
    await clock.advance(60_000);
    expect(attempts).toHaveLength(tries);
  });

  it("rejects pending requests with CLOSED", async () => {
    await ready();
    const request = session.request({ command: "send" });
    session.close();
    await expect(request).rejects.toMatchObject({ code: "CLOSED" });
    await expect(session.request({ command: "send" })).rejects.toMatchObject({ code: "CLOSED" });
  });
});

it("ignores malformed packets", async () => {
  await ready();
  for (const text of ["", "null", "[]", "{", '"x"', "{}", '{"command":1,"status":200}', "\u0000"]) {
    last().events.received(text);
  }
  expect(session.status).toBe("ready");
  expect(packets).toEqual([]);
});

describe("with the option initial", () => {
  const initial = { firstDelayMs: 500, longestDelayMs: 30_000, stableAfterMs: 60_000, initial: true };

  it("retries failed attempts before the first connection", async () => {
    session = newSession({ reconnect: initial });
    const connected = session.connect();
    last().refuse(new Error("ECONNREFUSED"));
    await clock.advance(0);
    expect(session.status).toBe("waiting");
    await clock.advance(500);
    last().refuse(new Error("ECONNREFUSED"));
    await reconnectAfter(1000);
    await connected;
    expect(attempts).toHaveLength(3);
  });

  it("rejects at the first login that is refused", async () => {
    session = newSession({ reconnect: initial });
    authenticate = () => Promise.reject(new CommandError("login", 403));
    const connected = session.connect();
    last().accept();
    await expect(connected).rejects.toMatchObject({ status: 403 });
    last().events.closed(undefined);
    await expect(session.closed).rejects.toMatchObject({ status: 403 });
  });
});
