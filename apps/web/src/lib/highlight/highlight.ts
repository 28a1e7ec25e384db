import { createLowlight } from "lowlight";
import type { CodeKind, CodePiece } from "./code-token.ts";
import { languageOf, loadLanguage } from "./languages.ts";

/** Longer code stays without colours: its author decides how much work it makes. */
const mostCharacters = 20_000;

const low = createLowlight();

const kinds: { readonly [hljsClass: string]: CodeKind } = {
  "hljs-keyword": "keyword",
  "hljs-selector-tag": "keyword",
  "hljs-built_in": "name",
  "hljs-title": "name",
  "hljs-name": "name",
  "hljs-attr": "name",
  "hljs-attribute": "name",
  "hljs-type": "name",
  "hljs-section": "name",
  "hljs-string": "string",
  "hljs-regexp": "string",
  "hljs-addition": "string",
  "hljs-number": "number",
  "hljs-literal": "number",
  "hljs-symbol": "number",
  "hljs-deletion": "number",
  "hljs-comment": "comment",
  "hljs-quote": "comment",
  "hljs-meta": "comment",
};

type LowNode = ReturnType<typeof low.highlight>["children"][number];

function piece(node: LowNode): CodePiece {
  if (node.type === "text") return node.value;
  if (node.type !== "element") return "";
  const classes = node.properties["className"];
  const first = Array.isArray(classes) ? String(classes[0]) : "";
  return { kind: kinds[first] ?? "plain", pieces: node.children.map(piece) };
}

/** Colours code; the code itself, as one piece, where that cannot be done. */
export async function highlight(language: string, text: string): Promise<readonly CodePiece[]> {
  const name = languageOf(language);
  if (name === undefined || text.length > mostCharacters) return [text];
  if (!low.registered(name)) {
    const grammar = await loadLanguage(name);
    if (grammar) low.register(name, grammar);
  }
  return low.highlight(name, text).children.map(piece);
}
