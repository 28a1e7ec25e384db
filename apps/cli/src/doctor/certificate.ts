import { X509Certificate } from "node:crypto";
import { stat } from "node:fs/promises";
import { certificateFilesIn, readCertificate, type TlsOptions } from "@asterite/aster-server";
import { about, type Finding, reasonOf } from "./finding.ts";

const certificate = about("certificate");
const dayMs = 86_400_000;
const soonDays = 14;
const readableByAll = 0o007;

/** What was found about the certificate. */
export interface CertificateFindings {
  readonly findings: Finding[];
  /** Of the certificate that a server would show; absent without one. */
  readonly fingerprint256?: string;
}

const exists = async (file: string): Promise<boolean> =>
  await stat(file).then(
    () => true,
    () => false,
  );

/** Looks at the certificate and its key. */
export async function checkCertificate(tls: TlsOptions): Promise<CertificateFindings> {
  if (typeof tls === "string") {
    return {
      findings: [
        certificate.warning(
          "no TLS: passwords travel in plain text",
          "Only do this behind a proxy on the same machine that speaks TLS itself.",
        ),
      ],
    };
  }
  const files =
    "directory" in tls ? certificateFilesIn(tls.directory) : { chainFile: tls.certificateFile, ...tls };
  if ("directory" in tls && !(await exists(files.chainFile)) && !(await exists(files.keyFile))) {
    return { findings: [certificate.ok(`${files.chainFile} is made on the first start`)] };
  }
  try {
    const { chain, fingerprint256 } = await readCertificate(files.chainFile, files.keyFile);
    return {
      findings: [...judge(new X509Certificate(chain)), ...(await checkKeyFile(files.keyFile))],
      fingerprint256,
    };
  } catch (error) {
    const advice =
      "directory" in tls ? "Take both files away to get a new certificate." : "Give the right files.";
    return { findings: [certificate.problem(reasonOf(error), advice)] };
  }
}

function judge(x509: X509Certificate): Finding[] {
  const now = Date.now();
  const [from, until] = [x509.validFromDate.getTime(), x509.validToDate.getTime()];
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const names = x509.subjectAltName?.replaceAll("DNS:", "").replaceAll("IP Address:", "") ?? "no names";
  const isSelfSigned = x509.checkIssued(x509) && x509.verify(x509.publicKey);
  const kind = isSelfSigned ? "self-signed: clients pin its fingerprint" : "signed by an authority";
  const renew = "Renew it; the server takes up the new files by itself.";
  if (until < now) return [certificate.problem(`expired on ${day(until)} (${names})`, renew)];
  if (from > now) {
    return [certificate.problem(`not valid before ${day(from)} (${names})`, "Set the clock, or wait.")];
  }
  if (until - now < soonDays * dayMs)
    return [certificate.warning(`expires on ${day(until)} (${names})`, renew)];
  return [
    certificate.ok(`for ${names}, until ${day(until)}, ${kind}`),
    certificate.ok(`fingerprint ${x509.fingerprint256}`),
  ];
}

async function checkKeyFile(file: string): Promise<Finding[]> {
  const { mode } = await stat(file);
  if ((mode & readableByAll) === 0 || process.platform === "win32") return [];
  return [certificate.warning(`everybody on this machine may read ${file}`, `chmod 600 ${file}`)];
}
