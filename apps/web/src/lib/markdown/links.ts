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

/** Punctuation that ends a sentence, also in other scripts, or that is a mark. */
const trailing = /[.,:;!?'"*_~|\]]|[^\P{P}\p{ASCII}]/u;

/** Removes trailing sentence punctuation from a URL. */
export function trimLink(text: string): string {
  let unpaired = 0;
  for (const character of text) {
    if (character === ")") unpaired++;
    else if (character === "(") unpaired--;
  }
  for (let end = text.length; ; end--) {
    const last = text.charAt(end - 1);
    if (last === ")" && unpaired > 0) unpaired--;
    else if (!trailing.test(last)) return text.slice(0, end);
  }
}

/**
 * Returns the index after the parenthesized target of a link, which may contain pairs of parentheses.
 * Returns undefined if the target is not closed or contains white space.
 *
 * @param open - Index of the opening parenthesis.
 */
export function endOfTarget(text: string, open: number): number | undefined {
  const boundary = /[()\s]/g;
  boundary.lastIndex = open + 1;
  let isInPair = false;
  for (let found = boundary.exec(text); found; found = boundary.exec(text)) {
    if (found[0] === ")") {
      if (!isInPair) return found.index + 1;
      isInPair = false;
    } else if (found[0] === "(" && !isInPair) isInPair = true;
    else return undefined;
  }
  return undefined;
}
