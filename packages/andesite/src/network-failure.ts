import type { NetworkFailure } from "./web-socket/socket.ts";

const untrusted = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/**
 * Explains why a connection failed, by the error codes of Node.js. `fetch` wraps the error of the socket in
 * others, so the chain of causes is searched.
 *
 * @param protocol - Protocol of the address, such as `https:`.
 */
export function explainFailure(failure: unknown, protocol: string): NetworkFailure {
  const error = rootOf(failure);
  const { code, rawPacket } = error as { readonly code?: unknown; readonly rawPacket?: Uint8Array };
  const reason = error.message || String(code ?? error.name);
  if (protocol === "https:" || protocol === "wss:") {
    if (/wrong.version.number|packet.length.too.long/i.test(`${code} ${reason}`)) {
      const advice = `use ${protocol.replace("s:", ":")} instead of ${protocol}`;
      return { reason: `the port does not use TLS; ${advice}`, fault: "NO_TLS" };
    }
    if (untrusted.has(String(code))) return { reason: `${reason}; trust its issuer with a CA`, fault: null };
  } else if (error instanceof NeedsTlsError || rawPacket?.[0] === tlsAlert) {
    const advice = `use ${protocol.replace(":", "s:")} instead of ${protocol}`;
    return { reason: `the port uses TLS; ${advice}`, fault: "NEEDS_TLS" };
  } else if (closesSilently(error)) {
    const hint = protocol === "http:" ? ", as a port with TLS does; use https: if it has" : "";
    return { reason: `the server closed the connection without a response${hint}`, fault: null };
  }
  return { reason, fault: null };
}

/** Failure of an attempt without TLS at a port that is known to use it. */
export class NeedsTlsError extends Error {}

/** Returns whether the peer has closed a connection before it sent a response. */
export const closesSilently = (error: unknown): boolean =>
  ["ECONNRESET", "UND_ERR_SOCKET"].includes(String((error as { readonly code?: unknown }).code));

/** First byte of a TLS alert, with which a server may answer plain HTTP. */
const tlsAlert = 0x15;

/** Returns the innermost error; the first one where a host has several addresses. */
function rootOf(failure: unknown): Error {
  let error = failure instanceof Error ? failure : new Error(String(failure));
  for (;;) {
    const [first = error.cause] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
    if (!(first instanceof Error)) return error;
    error = first;
  }
}
