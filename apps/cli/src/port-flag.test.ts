import { expect, it } from "vitest";
import { withPortFlag } from "./port-flag.ts";

it("names the flag of the port in a listen error, and no other", () => {
  const flags = { "--port": 2_345, "--plain-port": 234, "--status-port": undefined };
  const message = "Cannot listen on 0.0.0.0:2345: port 2345 is already in use";
  expect(withPortFlag(message, flags)).toBe(`${message} (--port)`);
  expect(withPortFlag("port 234 is already in use", flags)).toBe("port 234 is already in use (--plain-port)");
  expect(withPortFlag("another error", flags)).toBe("another error");
});
