const blank = /^\p{White_Space}*$/u;

/**
 * Whether a text is empty or only Unicode white space (property White_Space).
 *
 * `String.prototype.trim` is not the same: it also strips U+FEFF and leaves U+0085.
 */
export const isBlank = (text: string): boolean => blank.test(text);
