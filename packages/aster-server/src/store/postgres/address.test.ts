import { expect, it } from "vitest";
import { isPostgresAddress, redactAddress } from "./address.ts";

it("distinguishes PostgreSQL addresses from files, and redacts their secrets", () => {
  expect(["postgres://a/b", "postgresql://a/b", "POSTGRES://a"].every(isPostgresAddress)).toBe(true);
  expect(["aster.db", ":memory:", "/postgres://x", "postgres"].some(isPostgresAddress)).toBe(false);
  expect(redactAddress("postgres://ann:hidden@host:5432/aster?password=hidden")).toBe(
    "postgres://host:5432/aster",
  );
  expect(redactAddress("postgres://ann:hidden@[broken")).toBe("postgres://…");
  expect(redactAddress("data/aster.db")).toBe("data/aster.db");
});
