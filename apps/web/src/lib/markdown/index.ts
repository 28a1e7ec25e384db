export { parseMarkdown } from "./blocks.ts";
export { pictureLinks, safeHref } from "./links.ts";
export { plainText } from "./plain.ts";
export type { Block, Inline } from "./tree.ts";
