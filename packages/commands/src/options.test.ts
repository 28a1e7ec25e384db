import { expect, it } from "vitest";
import { type BotOptions, defaultBotOptions, settingsFrom } from "./options.ts";

it("completes options with the defaults", () => {
  expect(settingsFrom({})).toEqual(defaultBotOptions);
  const absent: object = { waitTimeoutMs: undefined };
  expect(settingsFrom({ prefix: ["?", "!!"], maxParts: 1, ...absent })).toMatchObject({
    prefix: ["?", "!!"],
    maxParts: 1,
    waitTimeoutMs: 60_000,
  });
});

const misspelled: object = { prefixes: "!" };

it.each<[string, BotOptions]>([
  ["prefix is", { prefix: "" }],
  ["prefix is", { prefix: ["!", "x".repeat(33)] }],
  ["concurrencyPerUser is 0", { concurrencyPerUser: 0 }],
  ["maxQueuedPerUser is -1", { maxQueuedPerUser: -1 }],
  ["waitTimeoutMs is NaN", { waitTimeoutMs: Number.NaN }],
  ["commandTimeoutMs is 3000000000; allowed: a number from 1 to 2147483647", { commandTimeoutMs: 3e9 }],
  ["userRate.burst is 0", { userRate: { burst: 0, everyMs: 1 } }],
  ["userRate.everyMs is 0", { userRate: { burst: 1, everyMs: 0 } }],
  ["replyRate.burst is 0", { replyRate: { burst: 0, everyMs: 1 } }],
  ["replyRate.everyMs is NaN", { replyRate: { burst: 1, everyMs: Number.NaN } }],
  ["debug is 5; allowed: a function", { debug: 5 as never }],
  ['ignore is "x"; allowed: a function', { ignore: "x" as never }],
  ['answerBots is "no"; allowed: a boolean', { answerBots: "no" as never }],
  ['commandTimeoutMs is "5"', { commandTimeoutMs: "5" as never }],
  ["option is ", new Date(0) as never],
  ['option name is "prefixes"; allowed: prefix, mentionPrefix,', misspelled],
])("refuses options: %s", (message, options) => {
  expect(() => settingsFrom(options)).toThrow(
    expect.objectContaining({ code: "ARGUMENT_INVALID", message: expect.stringContaining(message) }),
  );
});
