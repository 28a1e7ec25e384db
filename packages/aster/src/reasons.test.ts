import { describe, expect, it } from "vitest";
import { AsterError, CertificateError, CommandError, ExtensionError } from "./errors.ts";
import { describeReason } from "./reasons.ts";

describe("describeReason", () => {
  it.each([
    ["empty:content", "the text is empty"],
    ["too_long:content:16384", "the text is longer than 16384 characters"],
    ["picture:too_large:40960", "the picture is larger than 30720 bytes"],
    ["picture:invalid", "the picture is not a PNG file that all clients can decode"],
    ["permission:send_messages", "the permission send_messages is missing"],
    ["unknown:channel", "no such channel"],
    ["unknown:reply", "no such message replied to"],
    ["taken:name", "the name is taken"],
    ["quota:channel_keys:64", "the limit of 64 channel keys is reached"],
    ["invalid:slow_seconds", "the slow mode is missing or invalid"],
    ["password:too_short:8", "the password is shorter than 8 characters"],
    ["banned", "the account is banned"],
  ])("puts %s into words", (reason, text) => {
    expect(describeReason(reason)).toBe(text);
  });

  it("adds the wait in whole seconds", () => {
    expect(describeReason("slow_mode", 2100)).toBe("the channel is in slow mode; retry in 3 s");
  });

  it.each(["", "novelty", "novelty:x:1", "constructor", "__proto__:x", "picture:novel"])(
    "does not know %j",
    (reason) => {
      expect(describeReason(reason)).toBeUndefined();
    },
  );
});

it.each([
  new AsterError("CLOSED", "closed", null),
  new CommandError("send", 403, null),
  new ExtensionError("nonce", null),
  new CertificateError("expired", "AA", null),
])("%s takes null for no context", ({ server, cause }) => {
  expect([server, cause]).toEqual([undefined, undefined]);
});

describe("a CommandError", () => {
  it("has the reason in words and as sent", () => {
    const error = new CommandError("send", 403, { server: "a:1", reason: "slow_mode", retryAfterMs: 2000 });
    expect(error.message).toBe(
      "a:1: send failed with status 403: the channel is in slow mode; retry in 2 s (slow_mode)",
    );
    expect([error.reason, error.retryAfterMs]).toEqual(["slow_mode", 2000]);
  });

  it("describes an unknown reason by the status, and a missing one too", () => {
    const novel = new CommandError("send", 403, { reason: "novelty" });
    expect(novel.message).toBe("send failed with status 403: forbidden (novelty)");
    expect(new CommandError("send", 403).message).toBe("send failed with status 403: forbidden");
  });
});
