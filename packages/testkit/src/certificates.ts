// The ASN.1 classes below are registered through it when they load, so it has to come first.
import "reflect-metadata";

import { X509Certificate as NodeCertificate, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const hourMs = 3_600_000;

/** Fields of a certificate. */
export interface CertificateOptions {
  /** DNS names and IP addresses that it is valid for. Default: `localhost`, `127.0.0.1` and `::1`. */
  readonly hosts?: readonly string[];
  /** The subject's common name, which clients ignore. Default: the first host. */
  readonly commonName?: string;
  /** Whole seconds count. Default: an hour ago, or an hour before `notAfter` if that is earlier. */
  readonly notBefore?: Date;
  /** A time in the past makes an expired certificate. Default: in a day. */
  readonly notAfter?: Date;
}

/** A certificate with its key, as `node:tls` takes them; all but the fingerprint are PEM. */
export interface Certificate {
  readonly cert: string;
  /** PKCS#8. */
  readonly key: string;
  /**
   * Certificate that a client has to trust: the authority's, or the certificate itself when it is
   * self-signed.
   */
  readonly ca: string;
  /** SHA-256 of the DER form, in the format of `getPeerCertificate().fingerprint256`. */
  readonly fingerprint256: string;
}

/** A certificate authority that exists for one test run. */
export interface Authority {
  /** The certificate to trust, PEM. */
  readonly ca: string;
  /** Issues a certificate for a server or client, P-256. */
  issue(options?: CertificateOptions): Promise<Certificate>;
}

/** Creates an authority that only clients with its `ca` trust. */
export async function createAuthority(): Promise<Authority> {
  const keys = await newKeys();
  const name = "CN=Asterite test authority";
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity({ notAfter: new Date(Date.now() + 365 * 24 * hourMs) }),
    name,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const ca = certificate.toString("pem");
  const issue = async (options: CertificateOptions = {}): Promise<Certificate> => {
    const leafKeys = await newKeys();
    const leaf = await X509CertificateGenerator.create({
      ...validity(options),
      subject: subject(options),
      issuer: name,
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        ...(await leafExtensions(options, leafKeys)),
        await AuthorityKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return pack(leaf, leafKeys, ca);
  };
  return { ca, issue };
}

/** Creates a certificate as self-hosters have it: self-signed, trusted by pinning or by name. */
export async function selfSigned(options: CertificateOptions = {}): Promise<Certificate> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(options),
    name: subject(options),
    keys,
    signingAlgorithm: algorithm,
    extensions: await leafExtensions(options, keys),
  });
  return pack(certificate, keys, certificate.toString("pem"));
}

const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

const hostsOf = ({ hosts = ["localhost", "127.0.0.1", "::1"] }: CertificateOptions) => hosts;

// Typed, because the library reads quotes and `#` in a plain string as syntax.
const subject = (options: CertificateOptions) =>
  new Name([{ CN: [{ utf8String: options.commonName ?? hostsOf(options)[0] ?? "asterite-test" }] }]);

function validity({ notBefore, notAfter }: CertificateOptions): { notBefore: Date; notAfter: Date } {
  const end = notAfter ?? new Date(Date.now() + 24 * hourMs);
  return { notBefore: notBefore ?? new Date(Math.min(Date.now(), end.getTime()) - hourMs), notAfter: end };
}

async function leafExtensions(options: CertificateOptions, keys: webcrypto.CryptoKeyPair) {
  const names = hostsOf(options).map(
    (value): JsonGeneralName => (isIP(value) ? { type: "ip", value } : { type: "dns", value }),
  );
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
  ];
}

async function pack(
  certificate: X509Certificate,
  keys: webcrypto.CryptoKeyPair,
  ca: string,
): Promise<Certificate> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const body = der.toString("base64").replace(/.{1,64}/g, "$&\n");
  const cert = certificate.toString("pem");
  return {
    cert,
    key: `-----BEGIN PRIVATE KEY-----\n${body}-----END PRIVATE KEY-----\n`,
    ca,
    fingerprint256: new NodeCertificate(cert).fingerprint256,
  };
}
