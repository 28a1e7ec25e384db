import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.ts";
import type { MessageContext } from "../message-context.ts";
import { defaultBotTexts } from "../texts.ts";
import { arg } from "./arg.ts";
import type { Argument } from "./argument.ts";
import { quoteArgument, Tokenizer } from "./tokenizer.ts";

// The arguments of this file do not look at the message.
const context = { texts: defaultBotTexts } as MessageContext;

const read = <Value>(argument: Argument<Value>, text: string): Promise<Value> =>
  argument.read(new Tokenizer(text, defaultBotTexts), context, "x");

const refusal = (argument: Argument<unknown>, text: string): Promise<string> =>
  read(argument, text).then(
    (value) => `accepted ${JSON.stringify(value)}`,
    (error: unknown) => (error instanceof UserError ? error.message : `threw ${String(error)}`),
  );

describe("accepted texts", () => {
  it.each<[string, Argument<unknown>, string, unknown]>([
    ["text", arg.text(), '"two words" more', "two words"],
    ["text", arg.text({ minLength: 0 }), '""', ""],
    ["rest", arg.rest(), ' "as"  written ', '"as"  written'],
    ["word", arg.word({ pattern: /[a-f]+/gi, allowed: "letters" }), "AbC", "AbC"],
    ["integer", arg.integer(), "-12", -12],
    ["integer", arg.integer(), "+007", 7],
    ["integer", arg.integer(), "9007199254740991", Number.MAX_SAFE_INTEGER],
    ["integer", arg.integer(), "-0", 0],
    ["number", arg.number({ min: 0 }), "1,5", 1.5],
    ["number", arg.number(), "-.5".replace(".", "0."), -0.5],
    ["duration", arg.duration(), "1h30m", 5_400_000],
    ["duration", arg.duration(), '"2 days 4 hours"', 187_200_000],
    ["duration", arg.duration(), "1.5s", 1_500],
    ["boolean", arg.boolean(), "YES", true],
    ["boolean", arg.boolean(), "off", false],
    ["choice", arg.choice(["Off", "track"]), "OFF", "Off"],
    ["many", arg.integer().many(3), "1 2 3", [1, 2, 3]],
    ["optional", arg.integer().optional(), "", undefined],
    ["default", arg.integer().default(7), "", 7],
    ["many optional", arg.word().many().default([]), "", []],
    ["custom", arg.custom({ allowed: "x", parse: (text) => Promise.resolve(text.length) }), "four", 4],
  ])("of %s", async (_name, argument, text, value) => {
    expect(await read(argument, text)).toStrictEqual(value);
  });
});

describe("refused texts", () => {
  const number = "Give a whole number from 1 to 1,000.";
  it.each<[string, Argument<unknown>, string]>([
    ["`x` is missing. Give one word.", arg.word(), ""],
    [`\`x\` can't be \`1001\`. ${number}`, arg.integer({ min: 1, max: 1_000 }), "1001"],
    [`\`x\` can't be \`1.5\`. ${number}`, arg.integer({ min: 1, max: 1_000 }), "1.5"],
    [`\`x\` can't be \`0x1\`. ${number}`, arg.integer({ min: 1, max: 1_000 }), "0x1"],
    ["`x` can't be `9007199254740992`. Give a whole number.", arg.integer(), "9007199254740992"],
    ["`x` can't be `Infinity`. Give a number.", arg.number(), "Infinity"],
    ["`x` can't be `-1`. Give a number of at least 0.", arg.number({ min: 0 }), "-1"],
    ["`x` can't be `2`. Give a number of at most 1.5.", arg.number({ max: 1.5 }), "2"],
    ["`x` can't be `5`. Give a duration, such as 45s or 1h30m.", arg.duration(), "5"],
    ["`x` can't be `5y`. Give a duration, such as 45s or 1h30m.", arg.duration(), "5y"],
    [
      "`x` can't be `2h`. Give a duration from 0 s to 1 h, such as 45s or 1h30m.",
      arg.duration({ maxMs: 3_600_000 }),
      "2h",
    ],
    // Above that, a number of ms is not exact.
    [
      "`999999999999w` is too long. Give at most 104249991 d 8 h.",
      arg.duration({ maxMs: Number.POSITIVE_INFINITY }),
      "999999999999w",
    ],
    ["`x` can't be `maybe`. Give yes or no.", arg.boolean(), "maybe"],
    ["`x` can't be `c`. Give a, b or d.", arg.choice(["a", "b", "d"]), "c"],
    ["`x` can't be `c`. Give a.", arg.choice(["a"]), "c"],
    ["`x` can't be more than 2 words.", arg.word().many(2), "a b c"],
    ["`x` can't be `abcd`. Give a text with 1 to 3 characters.", arg.rest({ maxLength: 3 }), "abcd"],
    ["`x` can't be `A`. Give letters.", arg.word({ pattern: /[a-z]+/, allowed: "letters" }), "A"],
    [
      "Not today.",
      arg.custom({ allowed: "", parse: () => Promise.reject(new UserError("Not today.")) }),
      "x",
    ],
  ])("%s", async (message, argument, text) => {
    expect(await refusal(argument, text)).toBe(message);
  });

  it("count characters as users do", async () => {
    expect(await read(arg.text({ maxLength: 2 }), "👋👋")).toBe("👋👋");
  });
});

const misspelled: object = { minimum: 5 };

describe("definitions", () => {
  it.each<[string, () => unknown]>([
    ["min is 2; allowed: a number of at most max, 1", () => arg.integer({ min: 2, max: 1 })],
    ['choices is []; allowed: an array of words, such as ["on", "off"]', () => arg.choice([])],
    [
      'choices is "a"; allowed: an array of words, such as ["on", "off"]',
      () => Reflect.apply(arg.choice, null, ["a", "b"]),
    ],
    ['default is "x"; allowed: a whole number', () => arg.integer().default("x" as never)],
    ["default is 9; allowed: a number of at most 8", () => arg.number({ max: 8 }).default(9)],
    ["default is 5; allowed: a text", () => arg.rest().default(5 as never)],
    ["default is 5; allowed: one word", () => arg.word().default(5 as never)],
    ['default is "c"; allowed: a or b', () => arg.choice(["a", "b"]).default("c" as never)],
    ['default is "yes"; allowed: yes or no', () => arg.boolean().default("yes" as never)],
    [
      'default is "1h"; allowed: a duration, such as 45s or 1h30m',
      () => arg.duration().default("1h" as never),
    ],
    [
      'default is ["x"]; allowed: a whole number',
      () =>
        arg
          .integer()
          .many()
          .default(["x" as never]),
    ],
    ['option of integer name is "minimum"; allowed: min, max', () => arg.integer(misspelled)],
    ['option of number name is "minimum"; allowed: min, max', () => arg.number(misspelled)],
    ['option of text name is "minimum"; allowed: minLength, maxLength', () => arg.text(misspelled)],
    ['option of rest name is "minimum"; allowed: minLength, maxLength', () => arg.rest(misspelled)],
    ['option of word name is "minimum"; allowed: pattern, allowed', () => arg.word(misspelled)],
    ['option of duration name is "minimum"; allowed: minMs, maxMs', () => arg.duration(misspelled)],
    ['option of channel name is "minimum"; allowed: permission', () => arg.channel(misspelled)],
    [
      'option of custom name is "minimum"; allowed: allowed, parse, takesRest, isValue',
      () => arg.custom(misspelled as never),
    ],
    ["option of integer is null; allowed: an object with min, max", () => arg.integer(null as never)],
    ["parse is undefined; allowed: a function", () => arg.custom({ allowed: "x" } as never)],
    ['pattern is "a"; allowed: a regular expression', () => arg.word({ pattern: "a" as never })],
    [
      'minMs is "5"; allowed: a number of at most maxMs, Infinity',
      () => arg.duration({ minMs: "5" as never }),
    ],
    ['maxLength is "5"; allowed: a number', () => arg.text({ maxLength: "5" as never })],
    ['span is "rest"; allowed: many() of an argument of one word', () => arg.rest().many()],
    ["max is 0; allowed: an integer from 1", () => arg.word().many(0)],
  ])("are refused: %s", (message, define) => {
    expect(define).toThrow(expect.objectContaining({ code: "ARGUMENT_INVALID", message }));
  });
});

describe("for every text", () => {
  const types: readonly Argument<unknown>[] = [
    arg.text(),
    arg.rest({ maxLength: 20 }),
    arg.word(),
    arg.integer({ min: -5, max: 5 }),
    arg.number(),
    arg.duration(),
    arg.boolean(),
    arg.choice(["a", "b"]),
    arg.number().many(),
  ];
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.stringMatching(/^[-+0-9.,smhdw "”\\]{0,30}$/),
  );

  it("arguments return a value or refuse it with a sentence for the user", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...types), texts, async (argument, text) => {
        expect(await refusal(argument, text)).not.toMatch(/^threw/);
      }),
    );
  });

  it("a quoted text is the value of the argument", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        expect(await read(arg.text({ minLength: 0 }), quoteArgument(text))).toBe(text);
      }),
    );
  });

  it("whole numbers are read back", async () => {
    await fc.assert(
      fc.asyncProperty(fc.maxSafeInteger(), async (value) => {
        expect(await read(arg.integer(), String(value))).toBe(value + 0);
      }),
    );
  });
});
