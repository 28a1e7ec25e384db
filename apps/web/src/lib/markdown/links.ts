import type { Inline } from "./tree.ts";

const allowedProtocols = new Set(["http:", "https:", "mailto:"]);

/** Returns the normalized URL of a link; undefined for forbidden schemes such as `javascript:`. */
export function safeHref(text: string): string | undefined {
  const url = URL.parse(text);
  return url && allowedProtocols.has(url.protocol) ? url.href : undefined;
}

const pictureName = /\.(?:png|jpe?g|gif|webp|avif)$/i;

/** Returns whether the path of a link ends with an image extension. */
function isPictureLink(href: string): boolean {
  const url = URL.parse(href);
  return url !== null && url.protocol !== "mailto:" && pictureName.test(url.pathname);
}

/** Returns the unique image links in a text, except in spoilers. */
export function pictureLinks(parts: readonly Inline[]): string[] {
  const found = parts.flatMap((part) => {
    if (part.type === "link") return isPictureLink(part.href) ? [part.href] : [];
    return "parts" in part && part.type !== "spoiler" ? pictureLinks(part.parts) : [];
  });
  return [...new Set(found)];
}

const count = (text: string, character: string): number => text.split(character).length - 1;

/** Removes trailing sentence punctuation from a URL. */
export function trimLink(text: string): string {
  let end = text.length;
  for (;;) {
    const last = text.charAt(end - 1);
    const isUnpaired = last === ")" && count(text.slice(0, end), ")") > count(text.slice(0, end), "(");
    if (!/[.,:;!?'"*_~|\]]/.test(last) && !isUnpaired) return text.slice(0, end);
    end--;
  }
}
