import { sameWordCharacter } from "../text/word-character.ts";
import { CodeSpans } from "./code-spans.ts";
import { InlineTree } from "./inline-tree.ts";
import { endOfTarget, safeHref, trimLink } from "./links.ts";
import type { Inline } from "./tree.ts";

/** Characters that end a URL: white space, quotes, and the punctuation and brackets of Chinese and Japanese. */
const urlEnd =
  '\\s<>"`\u3001\u3002\u3008-\u3011\u3014-\u301f\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\uff61-\uff64“”„«»';
const urlStart = "(?:https?:\\/\\/|mailto:|(www\\.)(?=[\\p{L}\\p{N}-]{1,63}\\.[\\p{L}\\p{N}]))";
const autoLink = new RegExp(`${urlStart}[^${urlEnd}]+`, "iuy");
/** In a label, a bracket ends the URL, as in `[https://a.example](https://a.example)`. */
const autoLinkInLabel = new RegExp(`${urlStart}[^\\]${urlEnd}]+`, "iuy");
const angleLink = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/iy;
const emoji = /:([\p{L}\p{N}_-]{1,64}):/uy;
const emojiReference = /<:([^:\s<>]+:\d{1,5}):(\d{1,16}):>/y;
const mention = /@([^\s@]{1,64})/uy;
const special = /[\\`*_~|[\]!<:@hHmMwW\n]/g;
/** The asterisk of a keycap emoji is no mark. */
const markRun = /\*+(?!\u{fe0f}?\u{20e3})|_+|~+|\|+/uy;
const sameWord = new RegExp(sameWordCharacter, "u");
const wordCharacter = /[\p{L}\p{N}_]/u;
const escapable = /[!-/:-@[-`{-~]/;

/** Parses inline markup in time proportional to the length. Never fails: invalid markup is plain text. */
export function parseInline(text: string): Inline[] {
  return new InlineParser(text).parse();
}

class InlineParser {
  readonly #text: string;
  readonly #tree = new InlineTree();
  readonly #codeSpans: CodeSpans;
  #at = 0;
  /** End of the last invalid URL, so that its parts are not parsed as URLs again. */
  #invalidUrlEnd = 0;

  constructor(text: string) {
    this.#text = text;
    this.#codeSpans = new CodeSpans(text);
  }

  parse(): Inline[] {
    while (this.#at < this.#text.length) {
      special.lastIndex = this.#at;
      const next = special.exec(this.#text)?.index ?? this.#text.length;
      this.#addText(next);
      if (next < this.#text.length && !this.#parseSpecial()) this.#addText(this.#at + 1);
    }
    return this.#tree.finish();
  }

  #addText(end: number): void {
    this.#tree.addText(this.#text.slice(this.#at, end));
    this.#at = end;
  }

  #add(part: Inline, end: number, depth = 0): true {
    this.#tree.add(part, depth);
    this.#at = end;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text) ?? undefined;
  }

  /** Parses markup at the current position. Returns false if it is plain text. */
  #parseSpecial(): boolean {
    switch (this.#text.charAt(this.#at)) {
      case "\n":
        return this.#add({ type: "break" }, this.#at + 1);
      case "\\":
        return this.#escape();
      case "`":
        return this.#code();
      case "<":
        return this.#angle();
      case "[":
        return this.#openBracket("[");
      case "!":
        return this.#text.startsWith("![", this.#at) && this.#openBracket("![");
      case "]":
        return this.#closeBracket();
      case ":":
        return this.#emoji();
      case "@":
        return this.#mention();
      case "*":
      case "_":
      case "~":
      case "|":
        return this.#marks();
      default:
        return this.#autoLink();
    }
  }

  #before(): string {
    return this.#text.charAt(this.#at - 1);
  }

  #escape(): boolean {
    const next = this.#text.charAt(this.#at + 1);
    if (!escapable.test(next)) return false;
    this.#at++;
    this.#addText(this.#at + 1);
    return true;
  }

  #code(): boolean {
    const { from, to, end } = this.#codeSpans.at(this.#at);
    if (to === undefined) {
      this.#addText(from);
      return true;
    }
    const inner = this.#text.slice(from, to).replaceAll("\n", " ");
    return this.#add({ type: "code", text: inner.trim() === "" ? inner : inner.trim() }, end);
  }

  #angle(): boolean {
    const reference = this.#match(emojiReference);
    if (reference) {
      const [whole, server = "", uuid] = reference;
      if (Number.isSafeInteger(Number(uuid))) {
        return this.#add({ type: "emojiReference", server, uuid: Number(uuid) }, this.#at + whole.length);
      }
    }
    const match = this.#match(angleLink);
    const href = safeHref(match?.[1] ?? "");
    if (!match || href === undefined) return false;
    return this.#add(textLink(href, match[1] ?? href), this.#at + match[0].length);
  }

  #openBracket(mark: "[" | "!["): true {
    this.#at += mark.length;
    this.#tree.openBracket(mark, this.#at);
    return true;
  }

  #closeBracket(): boolean {
    const bracket = this.#tree.closeBracket();
    if (!bracket || this.#text.charAt(this.#at + 1) !== "(") return false;
    const end = endOfTarget(this.#text, this.#at + 1);
    const href = end === undefined ? undefined : safeHref(this.#text.slice(this.#at + 2, end - 1));
    // A link with a forbidden scheme stays plain text, so that no words are lost.
    if (end === undefined || href === undefined) return false;
    if (bracket.mark === "![" && !href.startsWith("mailto:")) {
      const alt = this.#text.slice(bracket.contentStart, this.#at);
      this.#tree.replaceBracket(bracket, { type: "image", src: href, alt });
    } else this.#tree.wrapLink(bracket, href);
    this.#at = end;
    return true;
  }

  #emoji(): boolean {
    const match = this.#match(emoji);
    if (!match) return false;
    return this.#add({ type: "emoji", name: match[1] ?? "" }, this.#at + match[0].length);
  }

  #mention(): boolean {
    if (sameWord.test(this.#before())) return false;
    const match = this.#match(mention);
    const name = match?.[1]?.replace(/[\p{P}\p{S}]+$/u, "") ?? "";
    if (name === "") return false;
    return this.#add({ type: "mention", name }, this.#at + 1 + name.length);
  }

  #autoLink(): boolean {
    if (this.#at < this.#invalidUrlEnd || sameWord.test(this.#before())) return false;
    const match = this.#match(this.#tree.hasBracket ? autoLinkInLabel : autoLink);
    if (!match) return false;
    const text = trimLink(match[0]);
    const href = safeHref(match[1] === undefined ? text : `https://${text}`);
    if (href !== undefined) return this.#add(textLink(href, text), this.#at + text.length, 1);
    this.#invalidUrlEnd = this.#at + match[0].length;
    return false;
  }

  #marks(): boolean {
    const run = this.#match(markRun)?.[0];
    if (run === undefined) return false;
    const end = this.#at + run.length;
    const [before, after] = [this.#before(), this.#text.charAt(end)];
    // Underscores are ignored inside words, as in `snake_case_name`.
    const isWholeWord = run.startsWith("_");
    this.#tree.addMarks(run, {
      canOpen: /\S/.test(after) && !(isWholeWord && wordCharacter.test(before)),
      canClose: /\S/.test(before) && !(isWholeWord && wordCharacter.test(after)),
    });
    this.#at = end;
    return true;
  }
}

const textLink = (href: string, text: string): Inline => ({
  type: "link",
  href,
  parts: [{ type: "text", text }],
});
