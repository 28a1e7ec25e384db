import { encodeBase64 } from "./base64.ts";
import { AsterError, argumentError, checkBytes, limitError } from "./errors.ts";

/**
 * Checks a text against the limit that the server announced, before the server refuses it.
 *
 * @throws AsterError `ARGUMENT_INVALID` with the name of the field and the limit.
 */
export function checkText(name: string, text: unknown, maxLength: number | undefined): void {
  if (typeof text !== "string") throw argumentError(name, text, "a string");
  if (maxLength !== undefined && text.length > maxLength) {
    throw limitError(name, text.length, maxLength, "UTF-16 code units");
  }
  // The server could not parse the request, and would not say why.
  if (!text.isWellFormed()) {
    const message = `${name} has half a character, which text.toWellFormed() replaces`;
    throw new AsterError("ARGUMENT_INVALID", message);
  }
}

/**
 * Returns a picture in the form of the protocol, after a check against the limit that the server announced.
 *
 * @param maxCharacters - Limit of the base64 text, which has four characters for every three bytes.
 * @throws AsterError `ARGUMENT_INVALID` with the name of the field and the limit.
 */
export function encodePicture(name: string, png: unknown, maxCharacters?: number): string {
  checkBytes(name, png, "a Uint8Array with a PNG file");
  const maxBytes = maxCharacters === undefined ? Number.POSITIVE_INFINITY : Math.floor(maxCharacters / 4) * 3;
  if (png.length > maxBytes) throw limitError(name, png.length, maxBytes, "bytes");
  return encodeBase64(png);
}
