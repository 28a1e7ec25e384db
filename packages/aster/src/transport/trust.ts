import { isIP } from "node:net";
import { type ConnectionOptions, rootCertificates, type TLSSocket } from "node:tls";
import { CertificateError } from "../errors.ts";
import type { Target } from "./transport.ts";

/**
 * Options for a TLS connection whose certificate {@link checkTrust} looks at before anything is sent. No
 * session is ever resumed, because a resumed one shows no certificate.
 */
export const tlsOptions = ({ host, tls }: Target): ConnectionOptions => ({
  // The check is ours, because a pinned or local certificate is good although nobody signed it.
  rejectUnauthorized: false,
  ...(isIP(host) === 0 && { servername: host }),
  // Giving authorities replaces the platform's, which are meant to stay.
  ...(tls && tls.ca !== undefined && { ca: [...rootCertificates, tls.ca] }),
  ...(tls !== false && tls.checkServerIdentity && { checkServerIdentity: tls.checkServerIdentity }),
});

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

const digits = (fingerprint: string): string => fingerprint.replaceAll(":", "").toUpperCase();

/**
 * Whether the server behind a socket is the one meant; waits where a trust store has to be asked.
 *
 * @throws CertificateError with the fingerprint that was shown.
 */
export async function checkTrust(socket: TLSSocket, { host, port, tls }: Target): Promise<void> {
  if (!tls || tls.verify === false) return;
  const server = `${host}:${port}`;
  // Empty after a resumption, which nothing here can match.
  const { fingerprint256 = "" } = socket.getPeerCertificate();
  const refuse = (reason: string): CertificateError =>
    new CertificateError(reason, fingerprint256, { server });
  if (tls.fingerprint256 !== undefined) {
    if (digits(tls.fingerprint256) !== digits(fingerprint256)) throw refuse("it is not the pinned one");
    return;
  }
  if (tls.firstUse) {
    if (fingerprint256 === "") throw refuse("it was not shown");
    const known = await tls.firstUse.get(server);
    if (known === undefined) await tls.firstUse.set(server, fingerprint256);
    else if (digits(known) !== digits(fingerprint256)) throw refuse("it is not the one of the first meeting");
    return;
  }
  const asksForCheck =
    tls.verify !== undefined || tls.ca !== undefined || tls.checkServerIdentity !== undefined;
  const trustsMachine = !asksForCheck && isLoopback(host);
  if (!socket.authorized && !trustsMachine) throw refuse(String(socket.authorizationError));
}
