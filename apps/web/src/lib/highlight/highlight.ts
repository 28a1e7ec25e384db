import { createLowlight } from "lowlight";
import type { CodeToken, CodeTokenType } from "./code-token.ts";
import { loadLanguage, resolveLanguage } from "./languages.ts";

/** Longer code is not highlighted, to bound the work that a message can cause. */
const maxCharacters = 20_000;

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

/** Highlights code. Returns it as a single plain token if the language is unknown or the code too long. */
export async function highlight(language: string, text: string): Promise<readonly CodeToken[]> {
  const name = resolveLanguage(language);
  if (name === undefined || text.length > maxCharacters) return [text];
  if (!low.registered(name)) {
    const grammar = await loadLanguage(name);
    if (grammar) low.register(name, grammar);
  }
  return low.highlight(name, text).children.map(toToken);
}
