import type { Inline } from "./tree.ts";

/** Nesting limit of inline nodes; deeper marks are plain text. */
const maxDepth = 8;

/** Mark or bracket that may be closed further on. Until then it is a text node. */
export interface Opener {
  readonly mark: "*" | "_" | "~" | "|" | "[" | "![";
  /** Number of characters of a run of marks not yet used. */
  count: number;
  /** Index of its text node. */
  readonly index: number;
  /** Position after it in the text. */
  readonly contentStart: number;
  /** Nesting depth of the nodes between it and the next opener. */
  depth: number;
}

const types = {
  "*": { 1: "emphasis", 2: "strong" },
  _: { 1: "emphasis", 2: "strong" },
  "~": { 1: undefined, 2: "strike" },
  "|": { 1: undefined, 2: "spoiler" },
} as const;
type Mark = keyof typeof types;

/** Whether a run of `count` marks contains a mark of `size`: three are both an emphasis and a strong emphasis. */
const contains = (count: number, size: 1 | 2): boolean => count === size || count === 3;

/**
 * Builder of inline nodes. All nodes are in one list; closing an opener moves the nodes after it into a new one.
 * Closing also discards the openers in between, which stay text. Thus each node and each opener is
 * moved or discarded once, and the time is linear.
 */
export class InlineTree {
  readonly #nodes: Inline[] = [];
  readonly #openers: Opener[] = [];
  /** Open brackets that can start a link. */
  readonly #brackets: Opener[] = [];
  /** Number of openers by mark and size, such as `*2`. */
  readonly #counts = new Map<string, number>();

  /** Whether a bracket is open. */
  get hasBracket(): boolean {
    return this.#brackets.length > 0;
  }

  /** Adds a node with the given nesting depth. */
  add(node: Inline, depth: number): void {
    this.#nodes.push(node);
    this.#deepen(depth);
  }

  /** Adds plain text. */
  addText(text: string): void {
    if (text !== "") this.#nodes.push({ type: "text", text });
  }

  /** Adds the opening bracket of a possible link or image. */
  openBracket(mark: "[" | "![", contentStart: number): void {
    this.#brackets.push(this.#open(mark, mark, 0, contentStart));
  }

  /** Removes the last open bracket and returns it; undefined if there is none. */
  closeBracket(): Opener | undefined {
    return this.#brackets.pop();
  }

  /** Moves the nodes after a bracket into a link. Links in it are replaced by their texts. */
  wrapLink(bracket: Opener, href: string): void {
    this.#discardFrom(bracket);
    const label = merge(withoutLinks(this.#nodes.splice(bracket.index).slice(1)));
    const parts: Inline[] = label.length === 0 ? [{ type: "text", text: href }] : label;
    this.add({ type: "link", href, parts }, bracket.depth + 1);
    // Links do not contain links.
    this.#brackets.length = 0;
  }

  /** Replaces a bracket and the nodes after it. */
  replaceBracket(bracket: Opener, node: Inline): void {
    this.#discardFrom(bracket);
    this.#nodes.length = bracket.index;
    this.add(node, 0);
  }

  /** Adds a run of equal marks: closes what it can, and opens with the rest if allowed. */
  addMarks(
    run: string,
    { canOpen, canClose }: { readonly canOpen: boolean; readonly canClose: boolean },
  ): void {
    const mark = run.charAt(0) as Mark;
    let rest = run.length;
    const isMark = rest <= 3 && (types[mark][1] !== undefined || rest === 2);
    while (isMark && canClose && rest > 0) {
      const size = this.#closableSize(mark, rest);
      if (size === undefined) break;
      if (this.#close(mark, size)) rest -= size;
    }
    if (rest === 0) return;
    if (isMark && canOpen) this.#open(mark, run.slice(0, rest), rest, 0);
    else this.addText(run.slice(0, rest));
  }

  /** Returns all nodes. Openers that were not closed are plain text. */
  finish(): Inline[] {
    return merge(this.#nodes);
  }

  #open(mark: Opener["mark"], text: string, count: number, contentStart: number): Opener {
    const opener: Opener = { mark, count, index: this.#nodes.length, contentStart, depth: 0 };
    this.addText(text);
    this.#openers.push(opener);
    this.#count(opener, 1);
    return opener;
  }

  #count({ mark, count }: Opener, change: 1 | -1): void {
    for (const size of [1, 2] as const) {
      const key = `${mark}${size}`;
      if (contains(count, size)) this.#counts.set(key, (this.#counts.get(key) ?? 0) + change);
    }
  }

  #closableSize(mark: Mark, rest: number): 1 | 2 | undefined {
    const isOpen = (size: 1 | 2): boolean =>
      contains(rest, size) && (this.#counts.get(`${mark}${size}`) ?? 0) > 0;
    if (!isOpen(1)) return isOpen(2) ? 2 : undefined;
    // Both are open: the inner one is closed first, and the strong emphasis of three marks.
    return isOpen(2) && (this.#openers.findLast((opener) => opener.mark === mark)?.count ?? 1) > 1 ? 2 : 1;
  }

  /** Closes the last opener of a mark. Returns false if it was discarded because of the nesting limit. */
  #close(mark: Mark, size: 1 | 2): boolean {
    const type = types[mark][size];
    const opener = this.#openers.findLast((one) => one.mark === mark && contains(one.count, size));
    if (type === undefined || !opener) return false;
    this.#discardFrom(opener);
    if (opener.depth >= maxDepth) {
      this.#deepen(opener.depth);
      return false;
    }
    const parts = merge(this.#nodes.splice(opener.index).slice(1));
    opener.count -= size;
    const { depth } = opener;
    if (opener.count > 0) this.#open(mark, mark.repeat(opener.count), opener.count, 0);
    this.add({ type, parts }, depth + 1);
    return true;
  }

  /** Discards an opener and all after it. Their depth is added to the opener before them. */
  #discardFrom(opener: Opener): void {
    for (let last = this.#openers.pop(); last; last = this.#openers.pop()) {
      this.#count(last, -1);
      if (this.#brackets.at(-1) === last) this.#brackets.pop();
      if (last === opener) break;
      this.#deepen(last.depth);
    }
  }

  /** Raises the nesting depth after the last opener. */
  #deepen(depth: number): void {
    const opener = this.#openers.at(-1);
    if (opener) opener.depth = Math.max(opener.depth, depth);
  }
}

/** Replaces links by their parts. */
const withoutLinks = (nodes: readonly Inline[]): Inline[] =>
  nodes.flatMap((node): Inline[] => {
    if (!("parts" in node)) return [node];
    const parts = withoutLinks(node.parts);
    return node.type === "link" ? parts : [{ ...node, parts }];
  });

/** Merges adjacent text nodes. */
function merge(nodes: readonly Inline[]): Inline[] {
  const merged: Inline[] = [];
  let texts: string[] = [];
  const endText = (): void => {
    if (texts.length > 0) merged.push({ type: "text", text: texts.join("") });
    texts = [];
  };
  for (const node of nodes) {
    if (node.type === "text") texts.push(node.text);
    else {
      endText();
      merged.push(node);
    }
  }
  endText();
  return merged;
}
