import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ConnectionOptions, connect, createServer } from "node:tls";
import { describe, expect, it } from "vitest";
import { type Certificate, createAuthority, selfSigned } from "./certificates.ts";

/**
 * Performs a real handshake and returns the certificate that the client received; rejects if the client
 * refuses it.
 */
async function handshake(certificate: Certificate, options: ConnectionOptions) {
  const server = createServer({ cert: certificate.cert, key: certificate.key });
  server.on("tlsClientError", () => {});
  server.on("secureConnection", (socket) => socket.on("error", () => {}));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: "127.0.0.1", port, ...options });
  try {
    await once(socket, "secureConnect");
    return {
      authorized: socket.authorized,
      protocol: socket.getProtocol(),
      fingerprint256: socket.getPeerCertificate().fingerprint256,
    };
  } finally {
    socket.destroy();
    server.close();
  }
}

describe("a certificate from an authority", () => {
  it("is accepted by name and by address where the authority is trusted", async () => {
    const certificate = await (await createAuthority()).issue({ hosts: ["chat.test", "127.0.0.1"] });
    const seen = { authorized: true, protocol: "TLSv1.3", fingerprint256: certificate.fingerprint256 };
    expect(await handshake(certificate, { ca: certificate.ca })).toEqual(seen);
    expect(await handshake(certificate, { ca: certificate.ca, servername: "chat.test" })).toEqual(seen);
  });

  it("is rejected without the authority and with another authority of the same name", async () => {
    const certificate = await (await createAuthority()).issue();
    const other = await createAuthority();
    await expect(handshake(certificate, {})).rejects.toMatchObject({
      code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    });
    await expect(handshake(certificate, { ca: other.ca })).rejects.toThrow(/verify|issuer/);
  });

  it("is rejected for an address and a name that it does not contain", async () => {
    const certificate = await (await createAuthority()).issue({ hosts: ["localhost"] });
    const refusal = { code: "ERR_TLS_CERT_ALTNAME_INVALID" };
    await expect(handshake(certificate, { ca: certificate.ca })).rejects.toMatchObject(refusal);
    await expect(
      handshake(certificate, { ca: certificate.ca, servername: "other.test" }),
    ).rejects.toMatchObject(refusal);
  });

  it("is rejected when it has expired or is not valid yet", async () => {
    const authority = await createAuthority();
    const expired = await authority.issue({ notAfter: new Date(Date.now() - 10_000) });
    await expect(handshake(expired, { ca: authority.ca })).rejects.toMatchObject({
      code: "CERT_HAS_EXPIRED",
    });
    const early = await authority.issue({ notBefore: new Date(Date.now() + 3_600_000) });
    await expect(handshake(early, { ca: authority.ca })).rejects.toMatchObject({
      code: "CERT_NOT_YET_VALID",
    });
  });

  it("contains its hosts and matches its key", async () => {
    const authority = await createAuthority();
    const { cert, key } = await authority.issue({ commonName: 'A "quoted", odd + name' });
    const parsed = new X509Certificate(cert);
    expect(parsed.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
    expect(parsed.toLegacyObject().subject.CN).toBe('A "quoted", odd + name');
    expect(parsed.ca).toBe(false);
    expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(parsed.checkIssued(new X509Certificate(authority.ca))).toBe(true);
    expect(parsed.serialNumber).not.toBe(new X509Certificate((await authority.issue()).cert).serialNumber);
  });
});

describe("a self-signed certificate", () => {
  it("is accepted only by clients that trust it", async () => {
    const certificate = await selfSigned();
    expect(certificate.ca).toBe(certificate.cert);
    expect(await handshake(certificate, { ca: certificate.ca })).toMatchObject({ authorized: true });
    await expect(handshake(certificate, {})).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  });

  it("can have expired", async () => {
    const certificate = await selfSigned({ notAfter: new Date(Date.now() - 10_000) });
    await expect(handshake(certificate, { ca: certificate.ca })).rejects.toMatchObject({
      code: "CERT_HAS_EXPIRED",
    });
  });
});
