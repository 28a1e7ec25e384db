import { expect, it } from "vitest";
import { checkGuards } from "./guards.ts";

it("refuses with a sentence if a guard in plain JavaScript returns none", async () => {
  for (const result of [false, undefined, "", 0]) {
    expect(await checkGuards([() => result as never], {})).toBe("You can't do that here.");
  }
  expect(await checkGuards([() => true, () => "No."], {})).toBe("No.");
  expect(await checkGuards([() => true], {})).toBe(true);
});
