import { readNumberOptions } from "../checks.ts";
import { InvalidTypeError, OutOfRangeError } from "../errors.ts";

/** Options of {@link tryConnect}. */
export interface SocketOptions {
  /** Headers of the handshake. Not in browsers, which send none. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | null | undefined;
  /** Subprotocols to offer. Default: none. */
  readonly protocols?: readonly string[] | null | undefined;
  /** PEM of an authority to trust beside those that the platform knows. Not in browsers. Default: none. */
  readonly ca?: string | null | undefined;
  /** Largest message that is taken, in bytes, 1 or more; a larger one ends the connection. Default: 16 MiB. */
  readonly maxMessageBytes?: number | null | undefined;
  /** How long the handshake may take, in milliseconds, 1 or more. Default: 10 000. */
  readonly timeoutMs?: number | null | undefined;
  /** Gives up with its reason when it aborts. Default: none. */
  readonly signal?: AbortSignal | null | undefined;
}

/** The defaults of {@link SocketOptions}. */
export const defaultSocketOptions = Object.freeze({ maxMessageBytes: 16 * 1024 * 1024, timeoutMs: 10_000 });

const token = /^[\w!#$%&'*+.^`|~-]+$/;
const headerText = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Options with their defaults.
 *
 * @param prefix - Goes before the names of options in messages.
 * @throws InvalidTypeError, OutOfRangeError naming the option, never with a header's value in it.
 */
export function readSocketOptions(prefix: string, options?: SocketOptions | null) {
  const { headers, protocols, ca } = options ?? {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const field = `${prefix}headers.${name}`;
    if (typeof value !== "string") throw new InvalidTypeError(field, "a string");
    if (!token.test(name) || !headerText.test(value))
      throw new OutOfRangeError(field, "what a header can hold");
  }
  if (protocols && !Array.isArray(protocols)) throw new InvalidTypeError(`${prefix}protocols`, "an array");
  for (const [index, protocol] of (protocols ?? []).entries()) {
    const field = `${prefix}protocols.${index}`;
    if (typeof protocol !== "string") throw new InvalidTypeError(field, "a string");
    if (!token.test(protocol) || protocols?.indexOf(protocol) !== index) {
      throw new OutOfRangeError(field, "the name of a subprotocol, once");
    }
  }
  if (ca && typeof ca !== "string") throw new InvalidTypeError(`${prefix}ca`, "a string");
  return {
    ...readNumberOptions(prefix, defaultSocketOptions, { maxMessageBytes: 1, timeoutMs: 1 }, options),
    headers: headers ?? {},
    protocols: protocols ?? [],
    ca: ca ?? null,
  };
}
