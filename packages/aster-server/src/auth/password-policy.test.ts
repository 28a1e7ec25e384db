import { expect, it } from "vitest";
import { defaultPasswordPolicy, findPasswordProblem } from "./password-policy.ts";

it.each([
  ["", "too short"],
  ["1234567", "too short"],
  // Four characters in eight UTF-16 code units.
  ["😀😁😂😃", "too short"],
  ["password", "common"],
  ["PassWord1", "common"],
  ["12345678", "common"],
  ["ping-bot", undefined],
  ["a long secret", undefined],
])("finds the problem of the password %j", async (password, problem) => {
  expect(await findPasswordProblem(password, defaultPasswordPolicy)).toBe(problem);
});

it("allows short and common passwords where the policy does, but no empty one", async () => {
  const policy = { minLength: 1, allowCommon: true };
  expect(await findPasswordProblem("secret", policy)).toBeUndefined();
  expect(await findPasswordProblem("", policy)).toBe("too short");
  expect(await findPasswordProblem("secret", { ...policy, allowCommon: false })).toBe("common");
});
