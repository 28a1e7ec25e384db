import { optionNames, readNumberOptions, requireKnownOptions } from "../checks.ts";
import { InvalidTypeError, OutOfRangeError } from "../errors.ts";

/** Options of {@link tryConnect}. */
export interface SocketOptions {
  /** Headers of the handshake. Ignored in browsers, which cannot send any. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | null | undefined;
  /** Subprotocols to offer. Default: none. */
  readonly protocols?: readonly string[] | null | undefined;
  /**
   * Certificate authority in PEM form to trust in addition to the platform's. Ignored in browsers. Default:
   * none.
   */
  readonly ca?: string | null | undefined;
  /**
   * Maximum size of a received message, in bytes, at least 1; a larger one ends the connection. Default: 16
   * MiB.
   */
  readonly maxMessageBytes?: number | null | undefined;
  /** Time limit of the handshake, in ms, at least 1. Default: 10 000. */
  readonly timeoutMs?: number | null | undefined;
  /** Aborts the attempt, which rejects with the signal's reason. Default: none. */
  readonly signal?: AbortSignal | null | undefined;
}

/** Defaults of {@link SocketOptions}. */
export const defaultSocketOptions = /* @__PURE__ */ Object.freeze({
  maxMessageBytes: 16 * 1024 * 1024,
  timeoutMs: 10_000,
});

const names = optionNames<SocketOptions>({
  headers: true,
  protocols: true,
  ca: true,
  maxMessageBytes: true,
  timeoutMs: true,
  signal: true,
});
const token = /^[\w!#$%&'*+.^`|~-]+$/;
const headerText = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Returns the options with their defaults.
 *
 * @param prefix - Prefix of option names in error messages.
 * @throws InvalidTypeError, OutOfRangeError naming the option; a header's value is not in the message.
 */
export function readSocketOptions(prefix: string, options?: SocketOptions | null) {
  requireKnownOptions(prefix, options, names);
  const { headers, protocols, ca } = options ?? {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const field = `${prefix}headers.${name}`;
    if (typeof value !== "string") throw new InvalidTypeError(field, "a string");
    if (!token.test(name) || !headerText.test(value)) throw new OutOfRangeError(field, "a valid header");
  }
  if (protocols && !Array.isArray(protocols)) throw new InvalidTypeError(`${prefix}protocols`, "an array");
  for (const [index, protocol] of (protocols ?? []).entries()) {
    const field = `${prefix}protocols.${index}`;
    if (typeof protocol !== "string") throw new InvalidTypeError(field, "a string");
    if (!token.test(protocol) || protocols?.indexOf(protocol) !== index) {
      throw new OutOfRangeError(field, "a unique, valid subprotocol");
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
