import { TrackFormatError } from "./errors.ts";

const chunk = 8_192;

/** Converts bytes to a binary string, with one character per byte. */
export function toBinary(bytes: Uint8Array): string {
  // In chunks, because the number of arguments of a call is limited.
  let binary = "";
  for (let at = 0; at < bytes.length; at += chunk) {
    binary += String.fromCharCode(...bytes.subarray(at, at + chunk));
  }
  return binary;
}

export function toBytes(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/**
 * Decodes strict base64: the standard alphabet, no whitespace, complete or no padding.
 *
 * @throws TrackFormatError `INVALID_BASE64`.
 */
function fromBase64(text: string): string {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new TrackFormatError("INVALID_BASE64", "data", "is not base64");
  }
  // atob ignores whitespace. Each such character makes the result shorter than the length of the text
  // implies, except one in 4n + 1 characters.
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  if (text.length % 4 === 1 || binary.length !== ((text.length - padding) * 3) >>> 2) {
    throw new TrackFormatError("INVALID_BASE64", "data", "contains whitespace");
  }
  return binary;
}

export const toBase64 = (binary: string): string => btoa(binary);

/**
 * Returns the bytes of base64 text, or raw bytes, as a binary string.
 *
 * @throws TrackFormatError `INVALID_BASE64`; `INVALID_VALUE` when the data is neither a string nor bytes.
 */
export function readData(data: string | Uint8Array): string {
  if (typeof data === "string") return fromBase64(data);
  if (data instanceof Uint8Array) return toBinary(data);
  throw new TrackFormatError("INVALID_VALUE", "data", "must be base64 or a Uint8Array");
}
