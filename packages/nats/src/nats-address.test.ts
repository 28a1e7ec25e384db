import { expect, it } from "vitest";
import { parseNatsAddresses, redactNatsAddresses } from "./nats-address.ts";

it("parses addresses with and without scheme, port and credentials", () => {
  expect(parseNatsAddresses("nats://a:4222, b")).toEqual({ servers: ["a:4222", "b"] });
  expect(parseNatsAddresses("tls://ann:p%40ss@a")).toEqual({
    servers: ["a"],
    tls: {},
    user: "ann",
    pass: "p@ss",
  });
  expect(parseNatsAddresses("nats://token@a")).toEqual({ servers: ["a"], token: "token" });
});

it.each(["", "http://a", "nats://", "a,,b", "nats://ann:hidden@"])(
  "refuses %j without repeating it",
  (given) => {
    expect(() => parseNatsAddresses(given)).toThrow(
      expect.objectContaining({ name: "NatsAddressError", message: expect.not.stringContaining("hidden") }),
    );
  },
);

it("redacts credentials", () => {
  expect(redactNatsAddresses("tls://ann:hidden@a:1,b")).toBe("a:1, b");
});
