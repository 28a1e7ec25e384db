import { expect, it } from "vitest";
import { defaultConnectionLimits } from "../settings.ts";
import { Capacity, defaultCapacityLimits } from "./capacity.ts";
import { RequestRates } from "./request-rates.ts";

const open = (): RequestRates =>
  new RequestRates(
    new Capacity(
      defaultCapacityLimits,
      { ...defaultConnectionLimits, requestsPerSecond: 10, requestBurst: 40 },
      () => 0,
    ),
    "192.0.2.1",
  );

it.each([
  { what: "63 deliveries of a short packet", length: 100, deliveries: 63, cost: 0 },
  { what: "64 deliveries of a short packet", length: 100, deliveries: 64, cost: 1 },
  { what: "1,000 deliveries of a short packet", length: 100, deliveries: 1000, cost: 15 },
  { what: "64 deliveries of 10 KiB", length: 10 * 1024, deliveries: 64, cost: 11 },
])("counts $cost requests for $what", ({ length, deliveries, cost }) => {
  const rates = open();
  rates.takeFanOut(length, deliveries);
  expect(rates.level).toBe(40 - cost);
});

it("lets the next request wait until the deliveries of the last one are paid for", () => {
  const rates = open();
  expect(rates.take("{}")).toBe(0);
  rates.takeFanOut(100, 64 * 50);
  // 52 requests, of which the burst covers 40.
  expect(rates.take("{}")).toBe(1200);
});

it("counts a request per 8 KiB of a reply", () => {
  const rates = open();
  rates.takeReply(8 * 1024 - 1);
  rates.takeReply(3 * 8 * 1024);
  expect(rates.level).toBe(37);
});
