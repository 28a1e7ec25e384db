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

/** Where a value is read: its place, and what the reply to a wrong text names. */
interface ReadScope {
  /** Text after the first word, for `many`. */
  readonly tokenizer: Tokenizer;
  readonly context: MessageContext;
  /** Name of the argument; undefined for an answer. */
  readonly name: string | undefined;
  /** Description of the allowed texts. */
  readonly allowed: string;
}

type ReadValue<Value> = (first: string, scope: ReadScope) => Promise<Value>;

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
   * Returns the argument with another description of the allowed texts, for bots that do not answer in English.
   *
   * @param allowed - Continues "Give …", such as `eine ganze Zahl von 1 bis 6`.
   */
  describe(allowed: string): Argument<Value> {
    if (typeof allowed !== "string") throw argumentError("allowed", allowed, "a text");
    return new Argument<Value>(allowed, this.span, this.#readValue, this.#isValue, this.#fallback);
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
    const readValue: ReadValue<readonly Value[]> = async (first, scope) => {
      const { tokenizer, context, name } = scope;
      const values: Value[] = [];
      for (let word: string | undefined = first; word !== undefined; word = tokenizer.readToken()) {
        if (values.length === max) throw new UserError(context.texts.argumentTooLong(name, max));
        values.push(await this.#readValue(word, scope));
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
    const { allowed } = this;
    if (first !== undefined) return await this.#readValue(first, { tokenizer, context, name, allowed });
    if (this.#fallback) return this.#fallback.value;
    throw new UserError(context.texts.argumentMissing(name, allowed));
  }

  /**
   * Reads the argument from a whole message, as the answer to a question. Quotation marks are not needed.
   *
   * @throws UserError that names the text and the allowed ones.
   */
  async readAnswer(text: string, context: MessageContext): Promise<Value> {
    const tokenizer = new Tokenizer(this.span === "many" ? text : "", context.texts);
    const first = this.span === "many" ? (tokenizer.readToken() ?? "") : text.trim();
    return await this.#readValue(first, { tokenizer, context, name: undefined, allowed: this.allowed });
  }
}

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
  const readValue: ReadValue<Value> = async (text, { context, name, allowed: description }) => {
    const value = await parse(text, context);
    if (value !== undefined) return value;
    throw new UserError(context.texts.argumentWrong(name, quote(text, 60), description));
  };
  return new Argument<Value>(allowed, takesRest ? "rest" : "one", readValue, isValue);
}
