import { expect, it } from "vitest";
import { hashPassword, verifyPassword } from "./password.ts";

it("writes the form that the reference server reads", async () => {
  expect(await hashPassword("secret")).toMatch(
    /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
  );
});

it("knows the right password from a wrong one", async () => {
  const stored = await hashPassword("sécret");
  expect(await verifyPassword(stored, "sécret")).toBe(true);
  expect(await verifyPassword(stored, "secret")).toBe(false);
  expect(await verifyPassword(stored, "")).toBe(false);
});

it("reads hashes with other parameters, which older servers wrote", async () => {
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

it.each(["", "garbage", "$argon2id$v=19$m=19456,t=2,p=1$!!$!!"])("lets nobody in with %j", async (stored) => {
  expect(await verifyPassword(stored, "")).toBe(false);
});
