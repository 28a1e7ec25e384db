import { TrackFormatError } from "./errors.ts";

const chunk = 8_192;

/** One character per byte. */
export function toBinary(bytes: Uint8Array): string {
  // Chunks, because the number of arguments of a call is limited.
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
 * Decodes strict base64: the standard alphabet, no blanks; padding is complete or absent.
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
  // atob drops blanks. Each makes the result shorter than the text says, but for one in 4n + 1 characters.
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  if (text.length % 4 === 1 || binary.length !== ((text.length - padding) * 3) >>> 2) {
    throw new TrackFormatError("INVALID_BASE64", "data", "holds blanks");
  }
  return binary;
}

export const toBase64 = (binary: string): string => btoa(binary);

/**
 * The bytes of a message from its base64 or raw form.
 *
 * @throws TrackFormatError `INVALID_BASE64`; `INVALID_VALUE` when the data is neither a string nor bytes.
 */
export function readData(data: string | Uint8Array): string {
  if (typeof data === "string") return fromBase64(data);
  if (data instanceof Uint8Array) return toBinary(data);
  throw new TrackFormatError("INVALID_VALUE", "data", "must be a base64 string or a Uint8Array");
}
