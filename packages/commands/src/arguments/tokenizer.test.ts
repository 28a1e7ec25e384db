import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.ts";
import { defaultBotTexts } from "../texts.ts";
import { quoteArgument, Tokenizer } from "./tokenizer.ts";

function readAll(text: string): string[] {
  const tokenizer = new Tokenizer(text, defaultBotTexts);
  const tokens: string[] = [];
  for (let token = tokenizer.readToken(); token !== undefined; token = tokenizer.readToken()) {
    tokens.push(token);
  }
  return tokens;
}

describe("Tokenizer", () => {
  it.each([
    ["", []],
    ["  one\t two\n", ["one", "two"]],
    ['"two words" x', ["two words", "x"]],
    ['""', [""]],
    ["“typographic” „deutsch“ «français»", ["typographic", "deutsch", "français"]],
    [String.raw`"a \"b\" \\ \n"`, [String.raw`a "b" \ \n`]],
    ["don't C:\\music", ["don't", "C:\\music"]],
    ['a"b c"', ['a"b', 'c"']],
    ['"a"b', ["a", "b"]],
  ])("reads %j", (text, tokens) => {
    expect(readAll(text)).toEqual(tokens);
  });

  it("reports a quotation mark that is not closed", () => {
    expect(() => readAll('say "hello')).toThrow(
      new UserError('The quotation mark " is not closed. Add " after the text.'),
    );
  });

  it("leaves the rest as it was written", () => {
    const tokenizer = new Tokenizer('a  "b"  c ', defaultBotTexts);
    expect(tokenizer.readToken()).toBe("a");
    expect(tokenizer.readRest()).toBe('"b"  c');
    expect(tokenizer.readRest()).toBeUndefined();
  });

  it("reads quoted texts back, whatever they contain", () => {
    const texts = fc.array(fc.string({ unit: "binary" }), { maxLength: 5 });
    fc.assert(
      fc.property(texts, (all) => {
        expect(readAll(all.map(quoteArgument).join(" "))).toEqual(all);
      }),
    );
  });

  it("throws nothing but errors for the user", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
        try {
          readAll(text);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
  });
});
