import { argumentError, checkFunction, checkKnownNames, UserError } from "../errors.ts";
import type { MessageContext } from "../message-context.ts";
import { quote } from "../text/sanitize.ts";
import { Tokenizer } from "./tokenizer.ts";

/** Definition of an argument type: how a text becomes a value. */
export interface ArgumentType<Value> {
  /** Description of the allowed texts, as it continues "Give …": `a whole number from 1 to 6`. */
  readonly allowed: string;
  /**
   * Converts a text to a value.
   *
   * @returns Undefined if the text is not allowed.
   * @throws UserError whose message says why the text is refused, in place of the general sentence.
   */
  readonly parse: (text: string, context: MessageContext) => Value | undefined | Promise<Value | undefined>;
  /**
   * Whether the argument is the whole rest of the message, as written. Default `false`: it is one word or one
   * text in quotation marks.
   */
  readonly takesRest?: boolean;
  /** Whether a value may be the default; for callers without types. Default: every value. */
  readonly isValue?: (value: unknown) => boolean;
}

/** Part of the text that an argument takes: one word, all remaining words, or the rest as written. */
export type ArgumentSpan = "one" | "many" | "rest";

/** Reads a value from its first word and, for `many`, those after it. `name` is undefined for an answer. */
type ReadValue<Value> = (
  first: string,
  tokenizer: Tokenizer,
  context: MessageContext,
  name: string | undefined,
) => Promise<Value>;

/** A typed argument of a command. */
export class Argument<Value> {
  /** Description of the allowed texts, as it continues "Give …". */
  readonly allowed: string;
  /** Part of the text that the argument takes. */
  readonly span: ArgumentSpan;
  readonly #readValue: ReadValue<Value>;
  readonly #isValue: (value: unknown) => boolean;
  readonly #fallback: { readonly value: Value } | undefined;

  /** @internal */
  constructor(
    allowed: string,
    span: ArgumentSpan,
    readValue: ReadValue<Value>,
    isValue: (value: unknown) => boolean,
    fallback?: { readonly value: Value },
  ) {
    this.allowed = allowed;
    this.span = span;
    this.#readValue = readValue;
    this.#isValue = isValue;
    this.#fallback = fallback;
  }

  /** Whether a command without this argument is refused. */
  get isRequired(): boolean {
    return this.#fallback === undefined;
  }

  /** Returns the argument as an optional one, whose value is undefined when it is left out. */
  optional(): Argument<Value | undefined> {
    return new Argument<Value | undefined>(this.allowed, this.span, this.#readValue, this.#isValue, {
      value: undefined,
    });
  }

  /**
   * Returns the argument as an optional one, with its value when it is left out.
   *
   * @throws CommandsError `ARGUMENT_INVALID` for a value that users could not give.
   */
  default(value: Value): Argument<Value> {
    if (!this.#isValue(value)) throw argumentError("default", value, this.allowed);
    return new Argument<Value>(this.allowed, this.span, this.#readValue, this.#isValue, { value });
  }

  /**
   * Returns an argument that takes all remaining words, each of this type.
   *
   * @param max - Largest number of words, at least 1. Default 20.
   * @throws CommandsError `ARGUMENT_INVALID` for an argument that already takes the rest.
   */
  many(max = 20): Argument<readonly Value[]> {
    if (this.span !== "one") throw argumentError("span", this.span, "many() of an argument of one word");
    if (!(max >= 1)) throw argumentError("max", max, "an integer from 1");
    const isValue = (value: unknown) => Array.isArray(value) && value.every((each) => this.#isValue(each));
    const readValue: ReadValue<readonly Value[]> = async (first, tokenizer, context, name) => {
      const values: Value[] = [];
      for (let word: string | undefined = first; word !== undefined; word = tokenizer.readToken()) {
        if (values.length === max) throw new UserError(`${subject(name)} can't be more than ${max} words.`);
        values.push(await this.#readValue(word, tokenizer, context, name));
      }
      return values;
    };
    return new Argument<readonly Value[]>(this.allowed, "many", readValue, isValue);
  }

  /**
   * Reads the argument from the text of a command.
   *
   * @throws UserError that names the argument, the text and the allowed ones.
   */
  async read(tokenizer: Tokenizer, context: MessageContext, name: string): Promise<Value> {
    const first = this.span === "rest" ? tokenizer.readRest() : tokenizer.readToken();
    if (first !== undefined) return await this.#readValue(first, tokenizer, context, name);
    if (this.#fallback) return this.#fallback.value;
    throw new UserError(`\`${name}\` is missing. Give ${this.allowed}.`);
  }

  /**
   * Reads the argument from a whole message, as the answer to a question. Quotation marks are not needed.
   *
   * @throws UserError that names the text and the allowed ones.
   */
  async readAnswer(text: string, context: MessageContext): Promise<Value> {
    const tokenizer = new Tokenizer(this.span === "many" ? text : "");
    const first = this.span === "many" ? (tokenizer.readToken() ?? "") : text.trim();
    return await this.#readValue(first, tokenizer, context, undefined);
  }
}

const subject = (name: string | undefined): string => (name === undefined ? "The answer" : `\`${name}\``);

/**
 * Creates an argument of an own type.
 *
 * @example
 *
 * ```ts
 * import { arg } from "@asterite/commands";
 *
 * const colour = arg.custom<number>({
 *   allowed: "a colour such as #ff8800",
 *   parse: (text) => (/^#[0-9a-f]{6}$/i.test(text) ? Number.parseInt(text.slice(1), 16) : undefined),
 * });
 * ```
 *
 * @throws CommandsError `ARGUMENT_INVALID` for an invalid definition.
 */
export function argument<Value>(type: ArgumentType<Value>): Argument<Value> {
  checkKnownNames("option of custom", type, ["allowed", "parse", "takesRest", "isValue"]);
  const { allowed, parse, takesRest = false, isValue = () => true } = type;
  if (typeof allowed !== "string") throw argumentError("allowed", allowed, "a text");
  checkFunction("parse", parse);
  const readValue: ReadValue<Value> = async (text, _tokenizer, context, name) => {
    const value = await parse(text, context);
    if (value !== undefined) return value;
    throw new UserError(`${subject(name)} can't be ${quote(text, 60)}. Give ${allowed}.`);
  };
  return new Argument<Value>(allowed, takesRest ? "rest" : "one", readValue, isValue);
}
