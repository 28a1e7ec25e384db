import type { Inline } from "./tree.ts";

const allowed = new Set(["http:", "https:", "mailto:"]);

/** The address of a link if it may be followed from a message; undefined for `javascript:` and its like. */
export function safeHref(text: string): string | undefined {
  const url = URL.parse(text);
  return url && allowed.has(url.protocol) ? url.href : undefined;
}

const pictureName = /\.(?:png|jpe?g|gif|webp|avif)$/i;

/** Whether a link leads to a picture, as far as its name tells. */
function isPictureLink(href: string): boolean {
  const url = URL.parse(href);
  return url !== null && url.protocol !== "mailto:" && pictureName.test(url.pathname);
}

/** Links among the pieces of a text that lead to pictures, each once. */
export function pictureLinks(parts: readonly Inline[]): string[] {
  const found = parts.flatMap((part) => {
    if (part.kind === "link") return isPictureLink(part.href) ? [part.href] : [];
    return "parts" in part && part.kind !== "spoiler" ? pictureLinks(part.parts) : [];
  });
  return [...new Set(found)];
}

const count = (text: string, character: string): number => text.split(character).length - 1;

/** Takes the punctuation of the sentence off the end of an address. */
export function trimLink(text: string): string {
  let end = text.length;
  for (;;) {
    const last = text.charAt(end - 1);
    const isUnpaired = last === ")" && count(text.slice(0, end), ")") > count(text.slice(0, end), "(");
    if (!/[.,:;!?'"*_~|\]]/.test(last) && !isUnpaired) return text.slice(0, end);
    end--;
  }
}
