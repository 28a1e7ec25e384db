import { argumentError, UserError } from "../errors.ts";
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
  readonly #fallback: { readonly value: Value } | undefined;

  /** @internal */
  constructor(
    allowed: string,
    span: ArgumentSpan,
    readValue: ReadValue<Value>,
    fallback?: { readonly value: Value },
  ) {
    this.allowed = allowed;
    this.span = span;
    this.#readValue = readValue;
    this.#fallback = fallback;
  }

  /** Whether a command without this argument is refused. */
  get isRequired(): boolean {
    return this.#fallback === undefined;
  }

  /** Returns the argument as an optional one, whose value is undefined when it is left out. */
  optional(): Argument<Value | undefined> {
    return new Argument<Value | undefined>(this.allowed, this.span, this.#readValue, { value: undefined });
  }

  /** Returns the argument as an optional one, with its value when it is left out. */
  default<const Default>(value: Default): Argument<Value | Default> {
    return new Argument<Value | Default>(this.allowed, this.span, this.#readValue, { value });
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
    return new Argument<readonly Value[]>(this.allowed, "many", async (first, tokenizer, context, name) => {
      const values: Value[] = [];
      for (let word: string | undefined = first; word !== undefined; word = tokenizer.readToken()) {
        if (values.length === max) throw new UserError(`${subject(name)} can't be more than ${max} words.`);
        values.push(await this.#readValue(word, tokenizer, context, name));
      }
      return values;
    });
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
 */
export function argument<Value>({ allowed, parse, takesRest = false }: ArgumentType<Value>): Argument<Value> {
  return new Argument<Value>(allowed, takesRest ? "rest" : "one", async (text, _tokenizer, context, name) => {
    const value = await parse(text, context);
    if (value !== undefined) return value;
    throw new UserError(`${subject(name)} can't be ${quote(text, 60)}. Give ${allowed}.`);
  });
}
