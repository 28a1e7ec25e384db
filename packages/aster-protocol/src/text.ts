const blank = /^\p{White_Space}*$/u;

/**
 * Returns whether a string is empty or consists of Unicode white space (property White_Space).
 *
 * `String.prototype.trim` differs: it also strips U+FEFF and keeps U+0085.
 */
export const isBlank = (text: string): boolean => blank.test(text);
