import { FakeClock } from "@asterite/testkit";
import { expect, it } from "vitest";
import { AsterError } from "../errors.ts";
import type { Transport, TransportEvents } from "../transport/transport.ts";
import { Session } from "./session.ts";

it("gives the debug hook attempts, states, packets by size and retries", async () => {
  const clock = new FakeClock();
  const entries: unknown[] = [];
  let events: TransportEvents | undefined;
  let isReachable = true;
  const transport: Transport = { bytesReceived: 0, send: () => {}, close: () => {}, destroy: () => {} };
  const session = new Session({
    target: { host: "test", port: 1, framing: "lines", tls: false, packetBytes: 1000 },
    openTransport: (_target, opened) => {
      events = opened;
      return isReachable ? Promise.resolve(transport) : Promise.reject(new Error("refused"));
    },
    hooks: {
      authenticate: () => Promise.resolve(),
      load: () => Promise.resolve(),
      handlePacket: () => {},
      handleStatus: () => {},
    },
    clock,
    connectTimeoutMs: 100,
    requestTimeoutMs: 100,
    idlePingMs: 1000,
    pingTimeoutMs: 100,
    reconnect: { initial: false, firstDelayMs: 10, longestDelayMs: 10, stableAfterMs: 0 },
    random: () => 0.99,
    debug: (source, event, details) => entries.push([source, event, details]),
  });
  await session.connect();
  session.send({ command: "typing", channel: "é" });
  events?.received('{"command":"ping","status":200,"x":"é"}');
  events?.received("[]");
  await clock.advance(1000);
  isReachable = false;
  events?.closed(new Error("reset"));
  await clock.advance(10);
  session.close(new AsterError("CLOSED", "enough"));
  const of = (source: string) =>
    entries
      .filter((entry) => (entry as unknown[])[0] === source)
      .map((entry) => (entry as unknown[]).slice(1));
  expect(of("socket")).toEqual([
    ["packet-sent", { command: "typing", bytes: 35 }],
    ["packet-received", { command: "ping", status: 200, bytes: 40 }],
    ["packet-ignored", { bytes: 2, expected: expect.any(String) }],
    ["packet-sent", { command: "ping", bytes: 18 }],
  ]);
  const attempt = ["connect-attempt", { host: "test", port: 1, framing: "lines", tls: false }];
  const changed = (from: string, to: string, error?: string) => [
    "state-changed",
    { from, to, ...(error && { error: expect.stringContaining(error) }) },
  ];
  expect(of("session")).toEqual([
    changed("idle", "connecting"),
    attempt,
    changed("connecting", "authenticating"),
    changed("authenticating", "loading"),
    changed("loading", "ready"),
    ["idle-ping", { silentMs: 1000 }],
    ["retry-scheduled", { attempt: 1, delayMs: expect.any(Number), error: expect.stringContaining("reset") }],
    changed("ready", "waiting", "reset"),
    changed("waiting", "connecting"),
    attempt,
    [
      "retry-scheduled",
      { attempt: 2, delayMs: expect.any(Number), error: expect.stringContaining("refused") },
    ],
    changed("connecting", "waiting", "refused"),
    changed("waiting", "closed", "enough"),
  ]);
});
