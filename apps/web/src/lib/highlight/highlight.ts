import { createLowlight } from "lowlight";
import type { CodeToken, CodeTokenType } from "./code-token.ts";
import { loadLanguage } from "./languages.ts";

const low = createLowlight();

const tokenTypes: { readonly [hljsClass: string]: CodeTokenType } = {
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

function toToken(node: LowNode): CodeToken {
  if (node.type === "text") return node.value;
  if (node.type !== "element") return "";
  const classes = node.properties["className"];
  const first = Array.isArray(classes) ? String(classes[0]) : "";
  return { type: tokenTypes[first] ?? "plain", children: node.children.map(toToken) };
}

/** Loads the grammar of a language. Returns its name; undefined if there is none. */
export async function loadGrammar(language: string): Promise<string | undefined> {
  if (low.registered(language)) return language;
  const grammar = await loadLanguage(language);
  if (grammar) low.register(language, grammar);
  return grammar && language;
}

/** Highlights code with a grammar returned by {@link loadGrammar}. */
export const highlight = (grammar: string, text: string): readonly CodeToken[] =>
  low.highlight(grammar, text).children.map(toToken);
