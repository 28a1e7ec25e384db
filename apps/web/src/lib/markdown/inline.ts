import { safeHref, trimLink } from "./links.ts";
import type { Inline } from "./tree.ts";

/** Nesting limit of inline marks; deeper ones are plain text. */
const maxDepth = 8;

const spans: readonly {
  readonly mark: string;
  readonly type: "strong" | "emphasis" | "strike" | "spoiler";
  /** Whether the mark is ignored inside words, as in `snake_case_name`. */
  readonly wholeWords: boolean;
}[] = [
  { mark: "**", type: "strong", wholeWords: false },
  { mark: "__", type: "strong", wholeWords: true },
  { mark: "~~", type: "strike", wholeWords: false },
  { mark: "||", type: "spoiler", wholeWords: false },
  { mark: "*", type: "emphasis", wholeWords: false },
  { mark: "_", type: "emphasis", wholeWords: true },
];

const autoLink = /(?:https?:\/\/|mailto:)[^\s<>"`]+/iy;
const bracketLink = /(!?)\[([^[\]\n]{0,500})\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)/y;
const angleLink = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/iy;
const emoji = /:([\p{L}\p{N}_-]{1,64}):/uy;
const emojiReference = /<:([^:\s<>]+:\d{1,5}):(\d{1,16}):>/y;
const mention = /@([^\s@]{1,64})/uy;
const special = /[\\`*_~|[\]!<:@hHmM\n]/g;
const wordCharacter = /[\p{L}\p{N}_]/u;
const escapable = /[!-/:-@[-`{-~]/;

/** Parses inline markup. Never fails: invalid markup is plain text. */
export function parseInline(text: string, depth = 0): Inline[] {
  return new InlineParser(text, depth).parse();
}

class InlineParser {
  readonly #text: string;
  readonly #depth: number;
  readonly #parts: Inline[] = [];
  /** Marks without a closing mark further on, so that it is not searched again. */
  readonly #unclosed = new Set<string>();
  #plain = "";
  #at = 0;

  constructor(text: string, depth: number) {
    this.#text = text;
    this.#depth = depth;
  }

  parse(): Inline[] {
    while (this.#at < this.#text.length) {
      special.lastIndex = this.#at;
      const next = special.exec(this.#text)?.index ?? this.#text.length;
      this.#plain += this.#text.slice(this.#at, next);
      this.#at = next;
      if (next < this.#text.length && !this.#parseSpecial()) {
        this.#plain += this.#text.charAt(this.#at);
        this.#at++;
      }
    }
    this.#flush();
    return this.#parts;
  }

  #flush(): void {
    if (this.#plain !== "") this.#parts.push({ type: "text", text: this.#plain });
    this.#plain = "";
  }

  #add(part: Inline, end: number): true {
    this.#flush();
    this.#parts.push(part);
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
      case "!":
        return this.#bracket();
      case ":":
        return this.#emoji();
      case "@":
        return this.#mention();
      case "h":
      case "H":
      case "m":
      case "M":
        return this.#autoLink();
      default:
        return this.#span();
    }
  }

  #before(): string {
    return this.#text.charAt(this.#at - 1);
  }

  #escape(): boolean {
    const next = this.#text.charAt(this.#at + 1);
    if (!escapable.test(next)) return false;
    this.#plain += next;
    this.#at += 2;
    return true;
  }

  #code(): boolean {
    const ticks = /^`+/.exec(this.#text.slice(this.#at, this.#at + 20))?.[0] ?? "`";
    const from = this.#at + ticks.length;
    const to = this.#text.indexOf(ticks, from);
    if (to <= from) {
      this.#plain += ticks;
      this.#at = from;
      return true;
    }
    const inner = this.#text.slice(from, to).replaceAll("\n", " ");
    return this.#add({ type: "code", text: inner.trim() === "" ? inner : inner.trim() }, to + ticks.length);
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

  #bracket(): boolean {
    const match = this.#match(bracketLink);
    if (!match) return false;
    const [whole, bang, label = "", target = ""] = match;
    const href = safeHref(target);
    // A link with a forbidden scheme stays plain text, so that no words are lost.
    if (href === undefined) return false;
    const end = this.#at + whole.length;
    if (bang === "!" && !href.startsWith("mailto:")) {
      return this.#add({ type: "image", src: href, alt: label }, end);
    }
    const parts = this.#nested(label === "" ? href : label).filter(({ type }) => type !== "link");
    return this.#add({ type: "link", href, parts }, end);
  }

  #emoji(): boolean {
    const match = this.#match(emoji);
    if (!match) return false;
    return this.#add({ type: "emoji", name: match[1] ?? "" }, this.#at + match[0].length);
  }

  #mention(): boolean {
    if (wordCharacter.test(this.#before())) return false;
    const match = this.#match(mention);
    const name = match?.[1]?.replace(/[\p{P}\p{S}]+$/u, "") ?? "";
    if (name === "") return false;
    return this.#add({ type: "mention", name }, this.#at + 1 + name.length);
  }

  #autoLink(): boolean {
    if (wordCharacter.test(this.#before())) return false;
    const match = this.#match(autoLink);
    if (!match) return false;
    const text = trimLink(match[0]);
    const href = safeHref(text);
    return href !== undefined && this.#add(textLink(href, text), this.#at + text.length);
  }

  #span(): boolean {
    if (this.#depth >= maxDepth) return false;
    for (const { mark, type, wholeWords } of spans) {
      if (!this.#text.startsWith(mark, this.#at)) continue;
      const end = this.#closing(mark, wholeWords);
      if (end === undefined) continue;
      const inner = this.#text.slice(this.#at + mark.length, end);
      return this.#add({ type, parts: this.#nested(inner) }, end + mark.length);
    }
    return false;
  }

  #nested(text: string): Inline[] {
    return parseInline(text, this.#depth + 1);
  }

  #closing(mark: string, wholeWords: boolean): number | undefined {
    const from = this.#at + mark.length;
    if (this.#unclosed.has(mark) || /^\s?$/.test(this.#text.charAt(from))) return undefined;
    if (wholeWords && wordCharacter.test(this.#before())) return undefined;
    for (let at = this.#text.indexOf(mark, from + 1); at >= 0; at = this.#text.indexOf(mark, at + 1)) {
      if (this.#text.startsWith("\n\n", at)) break;
      const isAfterSpace = /\s/.test(this.#text.charAt(at - 1));
      const after = this.#text.charAt(at + mark.length);
      const isDoubled = mark.length === 1 && after === mark;
      if (isDoubled) at++;
      else if (!isAfterSpace && !(wholeWords && wordCharacter.test(after))) return at;
    }
    if (this.#text.indexOf(mark, from + 1) < 0) this.#unclosed.add(mark);
    return undefined;
  }
}

const textLink = (href: string, text: string): Inline => ({
  type: "link",
  href,
  parts: [{ type: "text", text }],
});
