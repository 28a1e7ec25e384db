import { AsterError } from "../errors.ts";
import type { Target } from "./transport.ts";

/** Beginning of the messages of failed connections, after the address. */
export const connectPrefix = "cannot connect: ";

const texts: { readonly [code: string]: string } = {
  ECONNREFUSED: "connection refused: no server listens on this port",
  ENOTFOUND: "the host name cannot be resolved",
  EAI_AGAIN: "the host name cannot be resolved at the moment",
  EHOSTUNREACH: "the host is unreachable",
  ENETUNREACH: "the network is unreachable",
  ETIMEDOUT: "the host does not respond",
};

const noTls = "the server does not use TLS on this port; for a port without TLS, set tls: false";
const usesTls = "the server uses TLS on this port, and this connection does not: remove tls: false";

/**
 * Returns an error that names the address and the likely cause of a failed connection, of which the platform
 * reports only a code. Errors of this library are returned unchanged.
 */
export function toConnectError(error: unknown, target: Target, firstBytes?: Uint8Array): AsterError {
  if (error instanceof AsterError) return error;
  // An attempt with several addresses fails with an error without a message of its own.
  const cause: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  return connectError(target, describe(cause, target, firstBytes), error);
}

/**
 * Returns an error if the first bytes from a server show that it speaks another protocol than the lines of
 * JSON that were expected.
 */
export function recognizeProtocol(bytes: Uint8Array, target: Target): AsterError | undefined {
  if (isTlsRecord(bytes)) return connectError(target, usesTls);
  if (startsWith(bytes, "HTTP/")) {
    const text = 'this is an HTTP port; for an Aster server behind it, set framing: "websocket"';
    return connectError(target, text);
  }
  return undefined;
}

/** Returns an error for a connection that the server closed before it sent anything. */
export const silentCloseError = (target: Target, cause: Error | undefined): AsterError =>
  connectError(target, silentClose(target), cause);

const silentClose = ({ tls }: Target): string =>
  tls
    ? "the server closed the connection before it sent anything"
    : "the server closed the connection before it sent anything; if it uses TLS on this port, remove tls: false";

const connectError = ({ host, port }: Target, text: string, cause?: unknown): AsterError =>
  new AsterError("CONNECT_FAILED", connectPrefix + text, { server: `${host}:${port}`, cause });

function describe(error: unknown, target: Target, firstBytes: Uint8Array | undefined): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (firstBytes && !target.tls && isTlsRecord(firstBytes)) return usesTls;
  if (target.tls && /^(EPROTO|ERR_SSL_)/.test(code)) return `${noTls} (${code})`;
  if (target.tls && /before secure TLS connection/.test(message)) {
    return "the server closed the connection during the TLS handshake; for a port without TLS, set tls: false";
  }
  if (target.framing === "websocket") {
    const status = /^Unexpected server response: (\d+)/.exec(message)?.[1];
    if (status !== undefined) {
      return `the server replied to the WebSocket handshake with HTTP status ${status}: no Aster server at this address and path`;
    }
    if (code.startsWith("HPE_")) {
      return 'the server does not speak HTTP on this port; for a port with lines, set framing: "lines"';
    }
    if (message === "socket hang up" || code === "ECONNRESET") return silentClose(target);
  }
  return Object.hasOwn(texts, code) ? `${texts[code]} (${code})` : message;
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

/** Returns whether bytes begin like an alert or a handshake of TLS. */
const isTlsRecord = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 3;

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  bytes.length >= text.length &&
  [...text].every((character, index) => bytes[index] === character.charCodeAt(0));
