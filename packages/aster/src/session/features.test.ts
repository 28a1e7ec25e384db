import { expect, it } from "vitest";
import { AsterError, ExtensionError } from "../errors.ts";
import { Features } from "./features.ts";

const hello = {
  server: "asterite/1",
  server_id: "abc",
  extensions: ["typing", "reactions", "nonce"],
  limits: { message_bytes: 5 },
};
const errorOf = (run: () => void): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
};

it("has the extensions that both sides have, and what the server announced", () => {
  const features = new Features("host:1", hello as never, ["typing", "cursor"]);
  expect([...features.extensions]).toEqual(["typing"]);
  expect([features.has("typing"), features.has("nonce"), features.has("cursor")]).toEqual([
    true,
    false,
    false,
  ]);
  expect(features).toMatchObject({ software: "asterite/1", serverId: "abc", limits: { message_bytes: 5 } });
  expect(() => features.require("typing")).not.toThrow();
});

it("distinguishes a missing extension from a server that is not known yet", () => {
  const known = errorOf(() => new Features("host:1", undefined, ["typing"]).require("typing"));
  expect(known).toBeInstanceOf(ExtensionError);
  expect(known).toMatchObject({ server: "host:1" });
  const unknown = errorOf(() => new Features("host:1").require("typing"));
  expect(unknown).not.toBeInstanceOf(ExtensionError);
  expect(unknown).toBeInstanceOf(AsterError);
  expect(unknown).toMatchObject({ code: "CONNECTION_LOST", server: "host:1" });
  const empty = new Features("host:1");
  expect([empty.software, empty.serverId, empty.limits, empty.extensions.size]).toEqual([
    undefined,
    undefined,
    {},
    0,
  ]);
});
