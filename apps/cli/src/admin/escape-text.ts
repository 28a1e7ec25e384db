/**
 * Replaces control and format characters with their escapes, such as `\\u001b`: names are written by users and must
 * not control the operator's terminal. The result of a JSON text is valid JSON.
 */
export const escapeText = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (characters) =>
    characters
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
