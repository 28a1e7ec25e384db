import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  readEpoch,
  readJoinedUsers,
  readLeftUser,
  readReady,
  readSessionDescription,
  readTransition,
  readVersion,
} from "./gateway-data.ts";
import { VoiceError } from "./voice-error.ts";

const names = ["ip", "port", "ssrc", "modes", "mode", "secret_key", "dave_protocol_version", "user_ids"];
const more = ["user_id", "transition_id", "protocol_version", "epoch"];
const arbitraryData = fc.dictionary(fc.constantFrom(...names, ...more), fc.jsonValue());
const mode = "aead_aes256_gcm_rtpsize";
const key = Array.from({ length: 32 }, (_, index) => index);
const ready = { ip: "1.2.3.4", port: 5, ssrc: 6, modes: ["other", mode] };

describe("gateway messages", () => {
  it("are parsed or rejected with a VoiceError for any input", () => {
    const readers = [
      readReady,
      readJoinedUsers,
      readLeftUser,
      readTransition,
      readVersion,
      readEpoch,
      (data: Readonly<Record<string, unknown>>) => readSessionDescription(data, mode),
    ];
    fc.assert(
      fc.property(arbitraryData, fc.constantFrom(...readers), (data, read) => {
        try {
          read(data);
        } catch (error) {
          expect(error).toBeInstanceOf(VoiceError);
        }
      }),
    );
  });

  it("are parsed", () => {
    expect(readReady(ready)).toEqual({ host: "1.2.3.4", port: 5, ssrc: 6, mode });
    expect(readSessionDescription({ mode, secret_key: key }, mode)).toEqual({
      key: Uint8Array.from(key),
      daveVersion: 0,
    });
    expect(readJoinedUsers({ user_ids: ["1", 2, "x", "18446744073709551615"] })).toEqual([
      "1",
      "18446744073709551615",
    ]);
    expect(readLeftUser({ user_id: "1" })).toBe("1");
    expect(readLeftUser({ user_id: 1 })).toBeUndefined();
  });

  it.for([
    ["port", { ...ready, port: 65_536 }],
    ["address", { ...ready, port: 0 }],
    ["address", { ...ready, ip: "" }],
    ["ssrc", { ...ready, ssrc: 2 ** 32 }],
    ["encryption", { ...ready, modes: ["xsalsa20_poly1305"] }],
    ["encryption", { ...ready, modes: mode }],
  ] as const)("are rejected for an invalid %s", ([field, data]) => {
    expect(() => readReady(data)).toThrow(field);
  });

  it.for([
    { mode: "aead_xchacha20_poly1305_rtpsize", secret_key: key },
    { mode, secret_key: key.slice(1) },
    { mode, secret_key: [256, ...key.slice(1)] },
    { mode, secret_key: "key" },
  ])("are rejected for the key of %o", (data) => {
    expect(() => readSessionDescription(data, mode)).toThrow("key");
  });
});
