import { isIP } from "node:net";
import { type ConnectionOptions, rootCertificates, type TLSSocket } from "node:tls";
import { CertificateError } from "../errors.ts";
import type { Target } from "./transport.ts";

/**
 * Returns options of a TLS connection that {@link checkTrust} verifies before anything is sent. Sessions are
 * never resumed, because a resumed session presents no certificate.
 */
export const tlsOptions = ({ host, tls }: Target): ConnectionOptions => ({
  // Verified by checkTrust, which accepts pinned and local certificates without a signature.
  rejectUnauthorized: false,
  ...(isIP(host) === 0 && { servername: host }),
  // The option replaces the authorities of the platform, so they are added.
  ...(tls && tls.ca !== undefined && { ca: [...rootCertificates, tls.ca] }),
  ...(tls !== false && tls.checkServerIdentity && { checkServerIdentity: tls.checkServerIdentity }),
});

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

const normalize = (fingerprint: string): string => fingerprint.replaceAll(":", "").toUpperCase();

/**
 * Verifies that the certificate of a socket is trusted.
 *
 * @throws CertificateError with the fingerprint of the certificate.
 */
export async function checkTrust(socket: TLSSocket, { host, port, tls }: Target): Promise<void> {
  if (!tls || tls.verify === false) return;
  const server = `${host}:${port}`;
  // Empty for a resumed session, which then fails every check.
  const { fingerprint256 = "" } = socket.getPeerCertificate();
  const refuse = (reason: string): CertificateError =>
    new CertificateError(reason, fingerprint256, { server });
  if (tls.fingerprint256 !== undefined) {
    if (normalize(tls.fingerprint256) !== normalize(fingerprint256)) {
      throw refuse("it is not the pinned certificate");
    }
    return;
  }
  if (tls.firstUse) {
    if (fingerprint256 === "") throw refuse("none was presented");
    const known = await tls.firstUse.get(server);
    if (known === undefined) await tls.firstUse.set(server, fingerprint256);
    else if (normalize(known) !== normalize(fingerprint256)) {
      throw refuse("it differs from the certificate stored on first use");
    }
    return;
  }
  const requiresAuthority =
    tls.verify !== undefined || tls.ca !== undefined || tls.checkServerIdentity !== undefined;
  const trustsMachine = !requiresAuthority && isLoopback(host);
  if (!socket.authorized && !trustsMachine) throw refuse(String(socket.authorizationError));
}
