import { type Tags, tagsFrom } from "./tags.ts";
import { detectEncoding } from "./text-encoding.ts";

/** Extracts the known tags from fields with names in upper case, whose encoding is not declared. */
export function tagsFromUndeclared(fields: ReadonlyMap<string, Uint8Array>): Tags {
  const decoder = new TextDecoder(detectEncoding([...fields.values()]));
  return tagsFrom(new Map([...fields].map(([name, text]) => [name, decoder.decode(text)])));
}
