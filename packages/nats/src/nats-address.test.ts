import { expect, it } from "vitest";
import { NatsAddressError } from "./errors.ts";
import { hasNatsCredentials, parseNatsAddresses, redactNatsAddresses } from "./nats-address.ts";

it("parses addresses with and without scheme, port and credentials", () => {
  expect(parseNatsAddresses("nats://a:4222, b")).toEqual({ connection: { servers: ["a:4222", "b"] } });
  expect(parseNatsAddresses("tls://ann:p%40ss@a")).toEqual({
    connection: { servers: ["a"], tls: {}, user: "ann", pass: "p@ss" },
  });
  expect(parseNatsAddresses("nats://token@a")).toEqual({ connection: { servers: ["a"], token: "token" } });
});

it("parses the names of files", () => {
  expect(parseNatsAddresses("tls://a?ca=/ca.pem&cert=c.pem&key=k.pem&credentials=/run/a%26b,b")).toEqual({
    connection: { servers: ["a", "b"], tls: { caFile: "/ca.pem", certFile: "c.pem", keyFile: "k.pem" } },
    credentialsFile: "/run/a&b",
  });
  expect(parseNatsAddresses("nats://a?credentials=file")).toEqual({
    connection: { servers: ["a"] },
    credentialsFile: "file",
  });
});

it.each([
  "tls://a?ca=",
  "tls://a?ca=x&ca=y",
  "tls://a?cert=x",
  "tls://a?key=x",
  "nats://a?ca=x",
  "tls://a?colour=red",
  "tls://hidden:hidden@a?credentials=x",
  "tls://a,b?ca=x",
])("refuses the files of %j", (given) => {
  expect(() => parseNatsAddresses(given)).toThrow(NatsAddressError);
});

it("finds credentials in addresses", () => {
  expect(["nats://a,b", "tls://a?credentials=x"].some(hasNatsCredentials)).toBe(false);
  expect(["nats://t@a", "a,tls://u:p@b", "u:p@a"].every(hasNatsCredentials)).toBe(true);
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
