import { checkText, UserError } from "../errors.ts";
import type { BotTexts } from "../texts.ts";

/** Quotation marks that begin a quoted argument, with those that end it. */
const closers: Readonly<Record<string, string>> = { '"': '"', "“": '”"', "„": '“”"', "«": "»" };

const blank = /\s/u;

/** Reads the arguments in the text of a command, from left to right. */
export class Tokenizer {
  readonly #text: string;
  readonly #texts: Pick<BotTexts, "quoteOpen">;
  #position = 0;

  /** @param text - Text after the name of the command. */
  constructor(text: string, texts: Pick<BotTexts, "quoteOpen">) {
    this.#text = text;
    this.#texts = texts;
    this.#skipBlanks();
  }

  /** Whether no argument is left. */
  get isAtEnd(): boolean {
    return this.#position >= this.#text.length;
  }

  /**
   * Reads the next argument: a word, or a text in quotation marks in which `\"` and `\\` stand for the
   * character itself; undefined if none is left.
   *
   * @throws UserError for a quotation mark that is not closed.
   */
  readToken(): string | undefined {
    if (this.isAtEnd) return undefined;
    const closing = closers[this.#text.charAt(this.#position)];
    const text = closing === undefined ? this.#readWord() : this.#readQuoted(closing);
    this.#skipBlanks();
    return text;
  }

  /** Reads the rest of the text, without blanks at its ends; undefined if none is left. */
  readRest(): string | undefined {
    if (this.isAtEnd) return undefined;
    const rest = this.#text.slice(this.#position).trimEnd();
    this.#position = this.#text.length;
    return rest;
  }

  #skipBlanks(): void {
    while (!this.isAtEnd && blank.test(this.#text.charAt(this.#position))) this.#position++;
  }

  #readWord(): string {
    const start = this.#position;
    while (!this.isAtEnd && !blank.test(this.#text.charAt(this.#position))) this.#position++;
    return this.#text.slice(start, this.#position);
  }

  #readQuoted(closing: string): string {
    const opening = this.#text.charAt(this.#position++);
    let text = "";
    while (!this.isAtEnd) {
      const character = this.#text.charAt(this.#position++);
      if (closing.includes(character)) return text;
      const next = this.#text.charAt(this.#position);
      const isEscape = character === "\\" && next !== "" && (next === "\\" || closing.includes(next));
      text += isEscape ? next : character;
      if (isEscape) this.#position++;
    }
    throw new UserError(this.#texts.quoteOpen(opening, closing.charAt(0)));
  }
}

/** Formats a text as one argument of a command: `readToken` of the result returns the text. */
export function quoteArgument(text: string): string {
  checkText("text", text);
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
