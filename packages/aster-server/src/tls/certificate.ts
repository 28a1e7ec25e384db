import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { ServerError } from "../errors.ts";

/** A TLS certificate with its private key. */
export interface Certificate {
  /** PEM, the server's own certificate first. */
  readonly chain: string;
  /** PEM. */
  readonly key: string;
  /** SHA-256 of the server's own certificate, as pairs of hexadecimal digits with colons. */
  readonly fingerprint256: string;
  /** Files it was read from; absent for a certificate that exists only in memory. */
  readonly files?: CertificateFiles;
}

/** Paths of a certificate and its key. */
export interface CertificateFiles {
  /** PEM, the server's own certificate first. */
  readonly chainFile: string;
  /** PEM. */
  readonly keyFile: string;
}

/**
 * Reads a certificate chain and its key from PEM files.
 *
 * @throws ServerError with `CERTIFICATE_INVALID`.
 */
export async function readCertificate(chainFile: string, keyFile: string): Promise<Certificate> {
  const chain = await readPem(chainFile);
  const key = await readPem(keyFile);
  return { ...validateCertificate(chain, key, `${chainFile} and ${keyFile}`), files: { chainFile, keyFile } };
}

/**
 * Reads the certificate of a directory (`certificate.pem`, `private-key.pem`), or creates a self-signed one
 * there (ECDSA P-256, valid for ten years) if there is none.
 *
 * @throws ServerError with `CERTIFICATE_INVALID`.
 */
export async function loadOrCreateCertificate(directory: string): Promise<Certificate> {
  const files = certificateFilesIn(directory);
  const { chainFile, keyFile } = files;
  try {
    const [chain, key] = [await readFile(chainFile, "utf8"), await readFile(keyFile, "utf8")];
    return { ...validateCertificate(chain, key, chainFile), files };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  const created = await createSelfSigned();
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(keyFile, created.key, { mode: 0o600 });
  await writeFile(chainFile, created.chain);
  return { ...created, files };
}

/** Returns the paths of the self-signed certificate in a data folder. */
export const certificateFilesIn = (directory: string): CertificateFiles => ({
  chainFile: join(directory, "certificate.pem"),
  keyFile: join(directory, "private-key.pem"),
});

/** Creates a self-signed certificate for this machine's names. */
export async function createSelfSigned(): Promise<Certificate> {
  // Loaded on demand: the certificate library takes a large part of the start-up time.
  const { issueSelfSigned } = await import("./self-signed.ts");
  const { chain, key } = await issueSelfSigned();
  return validateCertificate(chain, key, "the new certificate");
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError("CERTIFICATE_INVALID", `Cannot read the PEM file ${file}: ${reason}`, {
      cause: error,
    });
  }
}

function validateCertificate(chain: string, key: string, source: string): Certificate {
  try {
    const certificate = new X509Certificate(chain);
    if (!certificate.checkPrivateKey(createPrivateKey(key)))
      throw new Error("the private key does not match the certificate");
    createSecureContext({ cert: chain, key });
    return { chain, key, fingerprint256: certificate.fingerprint256 };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError("CERTIFICATE_INVALID", `Cannot use the certificate in ${source}: ${reason}`, {
      cause: error,
    });
  }
}
