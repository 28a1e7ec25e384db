import { readFile } from "node:fs/promises";
import { ServerError } from "../errors.ts";
import { findPngError } from "./png.ts";

// The import map finds the assets from the sources and from the built package, whose folders differ.

/** Reads the built-in server icon. */
export const readDefaultIcon = (): Promise<Buffer> =>
  readFile(new URL(import.meta.resolve("#assets/icon.png")));

/** Reads the built-in picture of new accounts. */
export const readDefaultPicture = (): Promise<Buffer> =>
  readFile(new URL(import.meta.resolve("#assets/default-picture.png")));

/**
 * Reads a PNG file.
 *
 * @throws ServerError with `PICTURE_INVALID`.
 */
export async function readPng(file: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError("PICTURE_INVALID", `Cannot read the picture ${file}: ${reason}`, {
      cause: error,
    });
  }
  const problem = await findPngError(bytes);
  if (problem !== undefined) throw new ServerError("PICTURE_INVALID", `Invalid PNG file ${file}: ${problem}`);
  return bytes;
}

/**
 * Returns why a picture is not safe to send to all clients; undefined if it is. It must be standard base64 on
 * one line with padding, of a PNG that every decoder reads. A single bad picture would crash the deployed
 * clients of all users.
 *
 * @param maxBytes - Maximum length of the base64 text.
 * @throws SemaphoreFullError when too many pictures wait to be checked.
 */
export async function findPictureProblem(
  base64: string,
  maxBytes: number,
): Promise<"too large" | "invalid" | undefined> {
  if (base64.length > maxBytes) return "too large";
  if (base64.length % 4 !== 0 || base64 === "") return "invalid";
  const bytes = Buffer.from(base64, "base64");
  // Node decodes leniently: the input was strict base64 only if it encodes to the same text.
  if (bytes.toString("base64") !== base64) return "invalid";
  return (await findPngError(bytes)) === undefined ? undefined : "invalid";
}
