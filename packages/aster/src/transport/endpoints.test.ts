import { FakeClock } from "@asterite/testkit";
import { expect, it } from "vitest";
import { CertificateError } from "../errors.ts";
import { openFirstReachable } from "./endpoints.ts";
import type { OpenTransport, Target, Transport, TransportEvents } from "./transport.ts";

const target: Target = { host: "a", port: 1, framing: "lines", tls: false, packetBytes: 1e6 };
const endpoints = ["a", "b", "c"].map((host) => ({ host, port: 1 }));
const transport: Transport = { bytesReceived: 0, send: () => {}, close: () => {}, destroy: () => {} };
const ignore: TransportEvents = { received: () => {}, closed: () => {} };
const open = () => new AbortController().signal;

/** Returns an opener that reaches only the given hosts. */
function network(reachable: readonly string[]) {
  const tried: string[] = [];
  const opener: OpenTransport = ({ host }, events) => {
    tried.push(host);
    if (reachable.includes(host)) return Promise.resolve(transport);
    events.closed(new Error("refused"));
    return Promise.reject(new Error(`${host} refused`));
  };
  return { tried, openAny: openFirstReachable(opener, endpoints, 900, new FakeClock()) };
}

it("tries endpoints in turn, and starts after the last one used the next time", async () => {
  const { tried, openAny } = network(["b", "c"]);
  const closed: unknown[] = [];
  const events = { ...ignore, closed: (error: Error | undefined) => void closed.push(error) };
  expect(await openAny(target, events, open())).toBe(transport);
  await openAny(target, events, open());
  await openAny(target, events, open());
  expect(tried).toEqual(["a", "b", "c", "a", "b"]);
  expect(closed).toEqual([]);
});

it("fails with the errors of all endpoints when none is reachable", async () => {
  const { openAny } = network([]);
  await expect(openAny(target, ignore, open())).rejects.toThrow("a refused; b refused; c refused");
});

it("gives each endpoint an equal share of the time, and stops when aborted", async () => {
  const clock = new FakeClock();
  const tried: string[] = [];
  const opener: OpenTransport = ({ host }, _events, signal) =>
    new Promise((_resolve, reject) => {
      tried.push(host);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const abort = new AbortController();
  const openAny = openFirstReachable(opener, endpoints, 900, clock);
  const opening = openAny(target, ignore, abort.signal);
  const outcome = expect(opening).rejects.toThrow("enough");
  await clock.advance(299);
  expect(tried).toEqual(["a"]);
  await clock.advance(1);
  expect(tried).toEqual(["a", "b"]);
  abort.abort(new Error("enough"));
  await outcome;
  expect(tried).toEqual(["a", "b"]);
});

it("does not fail over when a certificate is untrusted", async () => {
  const tried: string[] = [];
  const untrusted = new CertificateError("untrusted", "00");
  const opener: OpenTransport = ({ host }) => {
    tried.push(host);
    return Promise.reject(untrusted);
  };
  const openAny = openFirstReachable(opener, endpoints, 900, new FakeClock());
  await expect(openAny(target, ignore, open())).rejects.toBe(untrusted);
  expect(tried).toEqual(["a"]);
});
