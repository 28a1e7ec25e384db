import { expect, it } from "vitest";
import { connectionOf, shownServers } from "./nats-address.ts";

it("reads addresses with and without scheme, port and credentials", () => {
  expect(connectionOf("nats://a:4222, b")).toEqual({ servers: ["a:4222", "b"] });
  expect(connectionOf("tls://ann:p%40ss@a")).toEqual({ servers: ["a"], tls: {}, user: "ann", pass: "p@ss" });
  expect(connectionOf("nats://token@a")).toEqual({ servers: ["a"], token: "token" });
});

it.each(["", "http://a", "nats://", "a,,b", "nats://ann:hidden@"])(
  "refuses %j without repeating it",
  (given) => {
    expect(() => connectionOf(given)).toThrow(
      expect.objectContaining({ name: "NatsAddressError", message: expect.not.stringContaining("hidden") }),
    );
  },
);

it("shows addresses without what is secret in them", () => {
  expect(shownServers("tls://ann:hidden@a:1,b")).toBe("a:1, b");
});
