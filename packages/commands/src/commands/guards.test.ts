import { expect, it } from "vitest";
import type { MessageContext } from "../message-context.ts";
import { defaultBotTexts } from "../texts.ts";
import { anyOf, checkGuards, hasPermission, inGroup, refusalOf } from "./guards.ts";

const context = { texts: defaultBotTexts } as MessageContext;

it("refuses with a sentence if a guard in plain JavaScript returns none", async () => {
  for (const result of [false, undefined, "", 0]) {
    expect(await checkGuards([() => result as never], context)).toBe("You can't do that here.");
  }
  expect(await checkGuards([() => true, () => "No."], context)).toBe("No.");
  expect(await checkGuards([() => true], context)).toBe(true);
});

it("refuses with a sentence if a check in plain JavaScript returns none", () => {
  for (const result of [5, false, undefined, " ", {}]) {
    expect(refusalOf(result, context)).toBe("You can't do that here.");
  }
  expect([refusalOf(true, context), refusalOf("No.", context)]).toEqual([true, "No."]);
});

it.each<[string, () => unknown]>([
  ["names is []; allowed: at least one name of a group", () => inGroup()],
  ["names is [5]; allowed: at least one name of a group", () => inGroup(5 as never)],
  ['permission is "fly"; allowed: modify_channels,', () => hasPermission("fly" as never)],
  ['on is "group"; allowed: channel, server', () => hasPermission("ban_users", { on: "group" as never })],
  [
    'option of hasPermission name is "at"; allowed: on',
    () => hasPermission("ban_users", { at: "server" } as object),
  ],
  ["guards is [5]; allowed: an array of functions", () => anyOf(5 as never)],
  ["guards is []; allowed: at least one guard", () => anyOf()],
])("refuses %s", (message, define) => {
  expect(define).toThrow(
    expect.objectContaining({ code: "ARGUMENT_INVALID", message: expect.stringContaining(message) }),
  );
});
