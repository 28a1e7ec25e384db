/** Version of the protocol. */
export type ApiVersion = readonly [major: number, minor: number, patch: number];

/** Version that the reference server sends. */
export const currentVersion: ApiVersion = Object.freeze([1, 0, 0] as const);

/** Beginning of a request as Python's `json` module writes it: other clients write no blank after the colon. */
const pythonPrefix = Buffer.from('{"command": ');

/** Returns whether more bytes are needed to recognise a line of Python's. */
export const isPythonLineUndecided = (first: Buffer): boolean =>
  first.length < pythonPrefix.length && first.equals(pythonPrefix.subarray(0, first.length));

/**
 * Returns the version to send on a connection with lines. Without a fixed one, clients in Python receive none:
 * asterpy up to 0.5 refuses every major version but 0, and later releases every one but 1.
 *
 * @param first - First bytes of the connection.
 * @param fixed - Version from the server's options.
 */
export function versionForLines(first: Buffer, fixed: ApiVersion | undefined): ApiVersion | undefined {
  if (fixed) return fixed;
  const isPython = first.subarray(0, pythonPrefix.length).equals(pythonPrefix);
  return isPython ? undefined : currentVersion;
}
