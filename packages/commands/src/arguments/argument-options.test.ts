import { expect, it } from "vitest";
import { checkSending } from "../text/send-text.ts";
import { splitText } from "../text/split.ts";
import { defaultBotTexts } from "../texts.ts";
import { reactTo } from "../user-message.ts";
import { arg } from "./arg.ts";
import { Tokenizer } from "./tokenizer.ts";

const invalid = expect.objectContaining({ code: "ARGUMENT_INVALID" });

it.each<[string, () => unknown]>([
  ["a permission", () => arg.channel({ permission: "fly" as never })],
  ["a largest number of words below 1", () => arg.word().many(0)],
  ["many of many", () => arg.word().many().many()],
  ["a pattern that is a text", () => arg.word({ pattern: "a" as never })],
  ["a range upside down", () => arg.duration({ minMs: 5, maxMs: 4 })],
])("refuses %s when the command is defined", (_, define) => {
  expect(define).toThrow(invalid);
});

it("takes one word with a largest number of words of 1", async () => {
  const tokenizer = new Tokenizer("a", defaultBotTexts);
  const context = { texts: defaultBotTexts } as never;
  expect(await arg.word().many(1).read(tokenizer, context, "x")).toEqual(["a"]);
});

it("names the limits of a duration that has one at either end", () => {
  expect(arg.duration().allowed).toBe("a duration, such as 45s or 1h30m");
  for (const options of [{ minMs: 1_000 }, { maxMs: 60_000 }, { minMs: 1_000, maxMs: 60_000 }]) {
    expect(arg.duration(options).allowed).toMatch(/^a duration.+, such as/);
  }
});

it("takes an empty word for none, with and without a pattern", async () => {
  const context = { texts: defaultBotTexts } as never;
  const read = (argument: ReturnType<typeof arg.word>) =>
    argument.read(new Tokenizer('""', defaultBotTexts), context, "x");
  await expect(read(arg.word())).rejects.toThrow();
  await expect(read(arg.word({ pattern: /a*/, allowed: "letters" }))).rejects.toThrow();
});

it("refuses mentions that are neither a switch nor accounts", () => {
  const channel = { uuid: 1, server: {} } as never;
  for (const mentions of ["ann", 5, null]) {
    expect(() => checkSending(channel, "text", { mentions: mentions as never })).toThrow();
  }
});

it("breaks a text at a blank in its second half, and else at the limit", () => {
  expect(splitText("abcdef gh jk", 10, 5)).toEqual(["abcdef gh", "jk"]);
  expect(splitText("abcdef ghijklm", 10, 5)).toEqual(["abcdef", "ghijklm"]);
  expect(splitText("abcd efghijklmn", 10, 5)).toEqual(["abcd efghi", "jklmn"]);
});

it("answers an error that is not of the library in general words", () => {
  expect(reactTo(Object.assign(new Error("secret"), { code: "WAIT_TIMED_OUT" }), defaultBotTexts)).toEqual({
    reply: defaultBotTexts.unexpected,
    isExpected: false,
  });
});
