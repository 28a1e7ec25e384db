import type { IncomingMessage } from "node:http";
import { expect, it } from "vitest";
import { clientOf } from "./listener-client.ts";

const from = (remoteAddress: string, forwarded?: string) =>
  clientOf({
    socket: { remoteAddress },
    headers: { "x-forwarded-for": forwarded },
  } as unknown as IncomingMessage);

it("counts the address of the peer, and that which a proxy on the own machine reports", () => {
  expect(from("203.0.113.7")).toBe("203.0.113.7");
  expect(from("203.0.113.7", "192.0.2.1")).toBe("203.0.113.7");
  expect(from("2001:db8::7")).toBe("2001:db8:0:0::/64");
  expect(from("127.0.0.1", "192.0.2.1")).toBe("192.0.2.1");
  expect(from("::1", "198.51.100.1, 192.0.2.1")).toBe("192.0.2.1");
  for (const [address, forwarded] of [["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1", "127.0.0.2"]]) {
    expect(from(address ?? "", forwarded)).toBeUndefined();
  }
});
