import { X509Certificate } from "node:crypto";
import { stat } from "node:fs/promises";
import { certificateFilesIn, readCertificate, type TlsOptions } from "@asterite/aster-server";
import { type Finding, findingsFor, reasonOf } from "./finding.ts";

const certificate = findingsFor("certificate");
const dayMs = 86_400_000;
const expirySoonDays = 14;
const worldAccessMode = 0o007;

/** Findings about the certificate. */
export interface CertificateFindings {
  readonly findings: Finding[];
  /** Fingerprint of the certificate that the server would use; absent without one. */
  readonly fingerprint256?: string;
}

const exists = async (file: string): Promise<boolean> =>
  await stat(file).then(
    () => true,
    () => false,
  );

/** Checks the certificate and its key. */
export async function checkCertificate(tls: TlsOptions): Promise<CertificateFindings> {
  if (typeof tls === "string") {
    return {
      findings: [
        certificate.warning(
          "no TLS: passwords are sent in plain text",
          "Use this only behind a TLS proxy on the same machine.",
        ),
      ],
    };
  }
  const files =
    "directory" in tls ? certificateFilesIn(tls.directory) : { chainFile: tls.certificateFile, ...tls };
  if ("directory" in tls && !(await exists(files.chainFile)) && !(await exists(files.keyFile))) {
    return { findings: [certificate.ok(`${files.chainFile} will be created on first start`)] };
  }
  try {
    const { chain, fingerprint256 } = await readCertificate(files.chainFile, files.keyFile);
    return {
      findings: [...checkValidity(new X509Certificate(chain)), ...(await checkKeyFile(files.keyFile))],
      fingerprint256,
    };
  } catch (error) {
    const advice =
      "directory" in tls ? "Delete both files to get a new certificate." : "Check --cert and --key.";
    return { findings: [certificate.problem(reasonOf(error), advice)] };
  }
}

function checkValidity(x509: X509Certificate): Finding[] {
  const now = Date.now();
  const [from, until] = [x509.validFromDate.getTime(), x509.validToDate.getTime()];
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const names = x509.subjectAltName?.replaceAll("DNS:", "").replaceAll("IP Address:", "") ?? "no names";
  const isSelfSigned = x509.checkIssued(x509) && x509.verify(x509.publicKey);
  const signature = isSelfSigned
    ? "self-signed: clients pin its fingerprint"
    : "signed by a certificate authority";
  const renew = "Renew it; the server reloads the files automatically.";
  if (until < now) return [certificate.problem(`expired on ${day(until)} (${names})`, renew)];
  if (from > now) {
    return [
      certificate.problem(`not valid before ${day(from)} (${names})`, "Check the system clock, or wait."),
    ];
  }
  if (until - now < expirySoonDays * dayMs)
    return [certificate.warning(`expires on ${day(until)} (${names})`, renew)];
  return [
    certificate.ok(`for ${names}, until ${day(until)}, ${signature}`),
    certificate.ok(`fingerprint ${x509.fingerprint256}`),
  ];
}

async function checkKeyFile(file: string): Promise<Finding[]> {
  const { mode } = await stat(file);
  if ((mode & worldAccessMode) === 0 || process.platform === "win32") return [];
  return [certificate.warning(`${file} is readable by all users of this machine`, `Run: chmod 600 ${file}`)];
}
