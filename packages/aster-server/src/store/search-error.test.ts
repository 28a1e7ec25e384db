import { expect, it } from "vitest";
import { SearchError } from "./search-error.ts";

it("keeps the code of an error and not its message, which may quote the search", () => {
  const cause = Object.assign(new Error('syntax error in tsquery: "secret"'), { code: "42601" });
  const error = new SearchError(cause);
  expect([error.message, error.cause]).toEqual(["search failed: 42601", undefined]);
  expect(`${error.stack}`).not.toContain("secret");
  expect(new SearchError("secret").message).toBe("search failed: unknown");
});
