import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createSelfSigned, loadOrCreateCertificate, readCertificate } from "./certificate.ts";

const folder = () => mkdtemp(join(tmpdir(), "asterite-certificate-"));

it("creates a certificate on first start and keeps it, with a key that only the owner can read", async () => {
  const directory = join(await folder(), "new");
  const first = await loadOrCreateCertificate(directory);
  const again = await loadOrCreateCertificate(directory);
  expect(again.fingerprint256).toBe(first.fingerprint256);
  expect((await stat(join(directory, "private-key.pem"))).mode & 0o777).toBe(0o600);
  expect(first.key).toContain("BEGIN PRIVATE KEY");
});

it("issues a P-256 certificate for this machine's names", async () => {
  const { chain } = await createSelfSigned();
  const certificate = new X509Certificate(chain);
  expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  expect(certificate.checkHost("localhost")).toBe("localhost");
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate.checkIP("::1")).toBeDefined();
  expect(certificate.verify(certificate.publicKey)).toBe(true);
});

it("names an invalid file and does not overwrite it", async () => {
  const directory = await folder();
  await loadOrCreateCertificate(directory);
  const file = join(directory, "certificate.pem");
  await writeFile(file, "broken");
  await expect(loadOrCreateCertificate(directory)).rejects.toMatchObject({
    code: "CERTIFICATE_INVALID",
    message: expect.stringContaining(file),
  });
  expect(await readFile(file, "utf8")).toBe("broken");
});

it("rejects a key of another certificate and missing files", async () => {
  const [one, other] = [await folder(), await folder()];
  await loadOrCreateCertificate(one);
  await loadOrCreateCertificate(other);
  const mixed = readCertificate(join(one, "certificate.pem"), join(other, "private-key.pem"));
  await expect(mixed).rejects.toMatchObject({ code: "CERTIFICATE_INVALID" });
  const missing = readCertificate(join(one, "none.pem"), join(one, "private-key.pem"));
  await expect(missing).rejects.toThrow(/Cannot read .*none\.pem/);
});
