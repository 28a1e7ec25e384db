import { expect, it } from "vitest";
import { hashPassword, verifyPassword } from "./password.ts";

it("hashes with the reference server's format and parameters", async () => {
  expect(await hashPassword("secret")).toMatch(
    /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
  );
});

it("accepts the right password and rejects a wrong one", async () => {
  const stored = await hashPassword("sécret");
  expect(await verifyPassword(stored, "sécret")).toBe(true);
  expect(await verifyPassword(stored, "secret")).toBe(false);
  expect(await verifyPassword(stored, "")).toBe(false);
});

it("verifies hashes with the parameters of older servers", async () => {
  const stored =
    "$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$" +
    (await import("node:crypto"))
      .argon2Sync("argon2id", {
        message: "old",
        nonce: Buffer.from("c29tZXNhbHRzb21lc2FsdA", "base64"),
        memory: 4096,
        passes: 3,
        parallelism: 1,
        tagLength: 32,
      })
      .toString("base64")
      .replaceAll("=", "");
  expect(await verifyPassword(stored, "old")).toBe(true);
  expect(await verifyPassword(stored, "new")).toBe(false);
});

it.each(["", "garbage", "$argon2id$v=19$m=19456,t=2,p=1$!!$!!"])(
  "rejects every password for the stored hash %j",
  async (stored) => {
    expect(await verifyPassword(stored, "")).toBe(false);
  },
);
