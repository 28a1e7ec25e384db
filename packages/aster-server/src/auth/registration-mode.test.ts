import { clientNetworkOf } from "@asterite/util";
import { expect, it } from "vitest";
import { isLocalNetwork, registrationModeFor } from "./registration-mode.ts";

it.each([
  ["127.0.0.1", true],
  ["10.1.2.3", true],
  ["172.16.0.1", true],
  ["172.31.255.255", true],
  ["172.32.0.1", false],
  ["192.168.178.20", true],
  ["192.169.0.1", false],
  ["169.254.7.7", true],
  ["8.8.8.8", false],
  ["100.64.0.1", false],
  ["::1", true],
  ["::ffff:192.168.1.1", true],
  ["::ffff:8.8.8.8", false],
  ["fd12:3456:789a::1", true],
  ["fe80::1%eth0", true],
  ["2001:db8::1", false],
  ["", false],
])("recognises whether %j is local: %s", (address, isLocal) => {
  expect(isLocalNetwork(clientNetworkOf(address))).toBe(isLocal);
});

it("opens the mode `local` for local clients, and demands invites from others and from pages of other sites", () => {
  const from = (address: string, isForeignPage = false) => ({
    network: clientNetworkOf(address),
    isForeignPage,
  });
  expect(registrationModeFor("local", from("192.168.1.2"))).toBe("open");
  expect(registrationModeFor("local", from("192.168.1.2", true))).toBe("invite");
  expect(registrationModeFor("local", from("8.8.8.8"))).toBe("invite");
  for (const mode of ["open", "invite", "closed"] as const) {
    expect(registrationModeFor(mode, from("8.8.8.8", true))).toBe(mode);
  }
});
