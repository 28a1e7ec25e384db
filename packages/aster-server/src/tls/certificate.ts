import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { ServerError } from "../errors.ts";

/** A server's identity. */
export interface Certificate {
  /** PEM, the server's own certificate first. */
  readonly chain: string;
  /** PEM. */
  readonly key: string;
  /** SHA-256 of the server's own certificate, as pairs of hexadecimal digits with colons. */
  readonly fingerprint256: string;
  /** Where it was read; absent for one that ends with the process. */
  readonly files?: CertificateFiles;
}

/** The files of a certificate. */
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
 * Gives the certificate kept in a directory (`certificate.pem`, `private-key.pem`); makes a self-signed one
 * (ECDSA P-256, ten years) when there is none.
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
  const made = await createSelfSigned();
  await mkdir(directory, { recursive: true });
  await writeFile(keyFile, made.key, { mode: 0o600 });
  await writeFile(chainFile, made.chain);
  return { ...made, files };
}

/** The files in a data folder that hold the certificate which the server makes for itself. */
export const certificateFilesIn = (directory: string): CertificateFiles => ({
  chainFile: join(directory, "certificate.pem"),
  keyFile: join(directory, "private-key.pem"),
});

/** Makes a self-signed certificate for this machine's names. */
export async function createSelfSigned(): Promise<Certificate> {
  // Loaded only when it is needed: certificate tools are a good part of the start-up time.
  const { issueSelfSigned } = await import("./self-signed.ts");
  const { chain, key } = await issueSelfSigned();
  return validateCertificate(chain, key, "the new certificate");
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError("CERTIFICATE_INVALID", `The PEM file ${file} cannot be read: ${reason}`, {
      cause: error,
    });
  }
}

function validateCertificate(chain: string, key: string, what: string): Certificate {
  try {
    const certificate = new X509Certificate(chain);
    if (!certificate.checkPrivateKey(createPrivateKey(key)))
      throw new Error("the key is of another certificate");
    createSecureContext({ cert: chain, key });
    return { chain, key, fingerprint256: certificate.fingerprint256 };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServerError("CERTIFICATE_INVALID", `The certificate in ${what} cannot be used: ${reason}`, {
      cause: error,
    });
  }
}
