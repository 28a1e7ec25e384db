/** Flag, keycap, or sequence of pictures with modifiers and tags. */
const emoji =
  "\\p{RI}{2}|[\\d#*]\\u{fe0f}?\\u{20e3}|\\p{Extended_Pictographic}(?:[\\u{fe0f}\\p{EMod}\\u{e0020}-\\u{e007f}]|\\u{200d}\\p{Extended_Pictographic})*";
const fewEmoji = new RegExp(`^(?:(?:${emoji})\\s?){1,6}$`, "u");

/** Returns whether a text consists of one to six emoji. */
export const isEmojiOnly = (text: string): boolean => fewEmoji.test(text);
