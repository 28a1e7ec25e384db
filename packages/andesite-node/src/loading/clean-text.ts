/** Title of tracks without one. */
export const unknownTitle = "Unknown title";

/**
 * Texts are truncated to this length: tags can be long, and the encoding of tracks limits texts to 64 KiB.
 */
const maxTextLength = 1_000;

/** Trims and truncates a text and replaces lone surrogates. Returns null for an empty text. */
export const cleanText = (text: string | null): string | null =>
  text?.trim().slice(0, maxTextLength).toWellFormed() || null;
