import type { DebugHook } from "@asterite/util";

/** Adds an entry to the debug log. Called with `?.`, so that nothing is built without a hook. */
export type Debug = (source: string, event: string, details?: Readonly<Record<string, unknown>>) => void;

/**
 * Returns the debug log of a server, whose entries all name it; undefined without a hook. An error that the
 * hook throws is reported and does not disturb the connection.
 */
export function createDebug(
  hook: DebugHook | undefined,
  server: string,
  reportError: (error: unknown) => void,
): Debug | undefined {
  if (!hook) return undefined;
  return (source, event, details) => {
    try {
      hook({ source, event, details: { server, ...details } });
    } catch (error) {
      reportError(error);
    }
  };
}

const encoder = new TextEncoder();

/** Returns the size of a packet in bytes. */
export const byteLength = (text: string): number => encoder.encode(text).length;

/** Returns the message of an error, for the details of an entry. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
