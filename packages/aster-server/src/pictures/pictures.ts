import { readFile } from "node:fs/promises";
import { ServerError } from "../errors.ts";
import { findPngError } from "./png.ts";

/** The icon of a server that was given none. */
export const readDefaultIcon = (): Promise<Buffer> =>
  readFile(new URL("../../assets/icon.png", import.meta.url));

/** The picture of accounts that have chosen none. */
export const readDefaultPicture = (): Promise<Buffer> =>
  readFile(new URL("../../assets/default-picture.png", import.meta.url));

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
    throw new ServerError("PICTURE_INVALID", `The picture ${file} cannot be read: ${reason}`, {
      cause: error,
    });
  }
  const fault = await findPngError(bytes);
  if (fault !== undefined) throw new ServerError("PICTURE_INVALID", `The picture ${file}: ${fault}`);
  return bytes;
}

/**
 * Whether a client's picture may be handed to every other client: standard base64 on one line with its
 * padding, of a PNG that every decoder reads. One bad picture would end deployed clients of everybody.
 *
 * @param maxBytes longest base64 text.
 * @throws GateFullError when too many pictures wait to be looked at.
 */
export async function isValidPicture(base64: string, maxBytes: number): Promise<boolean> {
  if (base64.length > maxBytes || base64.length % 4 !== 0 || base64 === "") return false;
  const bytes = Buffer.from(base64, "base64");
  // Node decodes leniently, so only what encodes to the same text was strict.
  return bytes.toString("base64") === base64 && (await findPngError(bytes)) === undefined;
}
