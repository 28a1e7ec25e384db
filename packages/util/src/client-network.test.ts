import fc from "fast-check";
import { expect, it } from "vitest";
import { clientNetworkOf } from "./client-network.ts";

it.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["0:0:0:0:0:FFFF:192.0.2.1", "192.0.2.1"],
  ["::ffff:c000:201", "192.0.2.1"],
  ["0:0:0:0:0:ffff:c000:0201", "192.0.2.1"],
  ["::192.0.2.1", "0:0:0:0::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:0DB8:0:1:2:3:4:5", "2001:db8:0:1::/64"],
  ["2001:db8:0:1::", "2001:db8:0:1::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
  ["", ""],
])("maps %j to %j", (address, network) => {
  expect(clientNetworkOf(address)).toBe(network);
});

it("maps the addresses of a /64 to one network, and different networks to different ones", () => {
  const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
  const half = fc.array(group, { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(half, half, half, (network, host, other) => {
      const at = (left: string[], right: string[]) => clientNetworkOf([...left, ...right].join(":"));
      expect(at(network, host)).toBe(at(network, other));
      expect(at(network, host) === at(other, host)).toBe(network.join() === other.join());
    }),
  );
});
