// Must come first: the ASN.1 classes register themselves through it when they load.
import "reflect-metadata";

import { hostname, networkInterfaces } from "node:os";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const lifetimeDays = 3650;
const dayMs = 86_400_000;

/** Returns the addresses of this machine in its networks, without those of one link only. */
const localAddresses = (): string[] => [
  ...new Set(
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, scopeid }) => !internal && !scopeid)
      .map(({ address }) => address),
  ),
];

/**
 * Issues a self-signed certificate (ECDSA P-256, ten years) for this machine's names and addresses, with its key in PKCS#8.
 */
export async function issueSelfSigned(): Promise<{ chain: string; key: string }> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const name = hostname();
  // With an invalid DNS name some clients reject the whole certificate.
  const names = new Set(["localhost", ...(/^[a-z0-9.-]+$/i.test(name) ? [name] : [])]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Asterite chat server",
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + lifetimeDays * dayMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...[...names].map((value) => ({ type: "dns" as const, value })),
        ...["127.0.0.1", "::1", ...localAddresses()].map((value) => ({ type: "ip" as const, value })),
      ]),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  const key = x509.PemConverter.encode(pkcs8, "PRIVATE KEY");
  return { chain: `${certificate.toString("pem")}\n`, key: `${key}\n` };
}
