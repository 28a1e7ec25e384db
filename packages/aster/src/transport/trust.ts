import { isIP } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { CertificateError } from "../errors.ts";
import type { Target } from "./transport.ts";

/** Options for a TLS connection whose certificate {@link checkTrust} looks at before anything is sent. */
export const tlsOptions = ({ host, tls }: Target): ConnectionOptions => ({
  // The check is ours, because a pinned or local certificate is good although nobody signed it.
  rejectUnauthorized: false,
  ...(isIP(host) === 0 && { servername: host }),
  ...(tls && tls.ca !== undefined && { ca: tls.ca }),
});

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

const digits = (fingerprint: string): string => fingerprint.replaceAll(":", "").toUpperCase();

/**
 * Whether the server behind a socket is the one meant.
 *
 * @throws CertificateError with the fingerprint that was shown.
 */
export function checkTrust(socket: TLSSocket, { host, port, tls }: Target): void {
  if (!tls || tls.verify === false) return;
  const { fingerprint256 } = socket.getPeerCertificate();
  const refuse = (reason: string): CertificateError =>
    new CertificateError(reason, fingerprint256, { server: `${host}:${port}` });
  if (tls.fingerprint256 !== undefined) {
    if (digits(tls.fingerprint256) !== digits(fingerprint256)) throw refuse("it is not the pinned one");
    return;
  }
  const trustsMachine = tls.verify === undefined && tls.ca === undefined && isLoopback(host);
  if (!socket.authorized && !trustsMachine) throw refuse(String(socket.authorizationError));
}
