import { CodecError, loadOpus, type OpusLibrary } from "@asterite/audio/media";
import { NodeError } from "./errors.ts";

/**
 * Loads libopus.
 *
 * @throws NodeError if its package is not installed.
 */
export const requireOpus = (): Promise<OpusLibrary> =>
  loadOpus().catch((error: unknown) => {
    if (error instanceof CodecError) throw new NodeError("INVALID_OPTION", error.message, { cause: error });
    throw error;
  });
