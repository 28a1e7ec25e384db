import { readFile } from "node:fs/promises";
import { ServerError } from "./errors.ts";

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The icon of a server that was given none. */
export const builtInIcon = (): Promise<Buffer> => readFile(new URL("../assets/icon.png", import.meta.url));

/** The picture of accounts that have chosen none. */
export const builtInPicture = (): Promise<Buffer> =>
  readFile(new URL("../assets/default-picture.png", import.meta.url));

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
  if (!bytes.subarray(0, pngSignature.length).equals(pngSignature)) {
    throw new ServerError("PICTURE_INVALID", `The picture ${file} is no PNG file`);
  }
  return bytes;
}
