import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { Server, type TlsTrust, type TrustStore } from "@asterite/aster";
import { type Certificate, createAuthority, selfSigned } from "@asterite/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ReferenceServer } from "../support/reference-server.ts";

/** TLS server that never replies and counts the bytes that it receives. */
class SilentServer implements AsyncDisposable {
  readonly #server;
  bytes = 0;
  handshakes = 0;

  private constructor(certificate: Certificate) {
    this.#server = createServer(certificate, (socket) => {
      this.handshakes++;
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        this.bytes += chunk.length;
        socket.destroy();
      });
    });
    this.#server.on("tlsClientError", () => {});
  }

  static async start(certificate: Certificate): Promise<SilentServer> {
    const silent = new SilentServer(certificate);
    silent.#server.listen(0, "127.0.0.1");
    await once(silent.#server, "listening");
    return silent;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }
}

class MemoryStore implements TrustStore {
  readonly known = new Map<string, string>();
  readonly lookups: string[] = [];

  async get(server: string): Promise<string | undefined> {
    this.lookups.push(server);
    await Promise.resolve();
    return this.known.get(server);
  }

  set(server: string, fingerprint256: string): void {
    this.known.set(server, fingerprint256);
  }
}

const options = { username: "ann", password: "secret", reconnect: false } as const;
let servers: ReferenceServer[];

beforeEach(() => {
  servers = [];
});

afterEach(async () => {
  for (const server of servers) await server.stop();
});

async function serve(certificate: Certificate): Promise<ReferenceServer> {
  const server = await ReferenceServer.start({ certificate });
  servers.push(server);
  return server;
}

async function connect(port: number, tls: TlsTrust, host = "127.0.0.1"): Promise<void> {
  await using server = new Server(host, port, { ...options, tls });
  await server.connect();
}

const untrusted = { code: "CERTIFICATE_UNTRUSTED" };

describe.each(["lines", "websocket"] as const)("over %s", (framing) => {
  it("sends no byte to an untrusted server", async () => {
    const certificate = await selfSigned();
    await using silent = await SilentServer.start(certificate);
    const other = await selfSigned();
    const store = new MemoryStore();
    store.set(`127.0.0.1:${silent.port}`, other.fingerprint256);
    for (const tls of [
      { verify: true },
      { fingerprint256: other.fingerprint256 },
      { ca: other.ca },
      { firstUse: store },
    ]) {
      const server = new Server("127.0.0.1", silent.port, { ...options, tls, framing });
      await expect(server.connect()).rejects.toMatchObject({
        ...untrusted,
        fingerprint256: certificate.fingerprint256,
      });
      await server.closed.catch(() => {});
    }
    expect(silent.bytes).toBe(0);
    // A trusted connection does send bytes:
    const server = new Server("127.0.0.1", silent.port, { ...options, tls: {}, framing });
    await expect(server.connect()).rejects.toMatchObject({ code: expect.stringMatching(/CONNECT/) });
    expect(silent.bytes).toBeGreaterThan(0);
  });
});

describe("tls.ca", () => {
  it("trusts certificates of the authority for their names", async () => {
    const authority = await createAuthority();
    const good = await serve(await authority.issue({ hosts: ["127.0.0.1"] }));
    await connect(good.port, { ca: authority.ca });
    const other = await serve(await authority.issue({ hosts: ["chat.test"] }));
    await expect(connect(other.port, { ca: authority.ca })).rejects.toMatchObject({
      ...untrusted,
      message: expect.stringMatching(/ALTNAME/),
    });
  });

  it("calls checkServerIdentity only for signed certificates", async () => {
    const authority = await createAuthority();
    const server = await serve(await authority.issue({ hosts: ["chat.test"] }));
    const seen: (string | undefined)[] = [];
    const checkServerIdentity: TlsTrust["checkServerIdentity"] = (_host, { subjectaltname }) => {
      seen.push(subjectaltname);
      return subjectaltname === "DNS:chat.test" ? undefined : new Error("wrong name");
    };
    await connect(server.port, { ca: authority.ca, checkServerIdentity });
    expect(seen).toEqual(["DNS:chat.test"]);
    const unsigned = await serve(await selfSigned({ hosts: ["chat.test"] }));
    await expect(connect(unsigned.port, { ca: authority.ca, checkServerIdentity })).rejects.toMatchObject(
      untrusted,
    );
    await expect(connect(unsigned.port, { checkServerIdentity })).rejects.toMatchObject(untrusted);
    expect(seen).toHaveLength(1);
    const otherName = await serve(await authority.issue({ hosts: ["other.test"] }));
    await expect(connect(otherName.port, { ca: authority.ca, checkServerIdentity })).rejects.toThrow(
      /wrong name/,
    );
  });

  it("rejects an expired certificate", async () => {
    const authority = await createAuthority();
    const server = await serve(await authority.issue({ notAfter: new Date(Date.now() - 10_000) }));
    await expect(connect(server.port, { ca: authority.ca })).rejects.toThrow(/CERT_HAS_EXPIRED/);
  });
});

describe("tls.fingerprint256", () => {
  it("accepts a fingerprint with and without colons, in any case", async () => {
    const certificate = await selfSigned({ notAfter: new Date(Date.now() - 10_000), hosts: ["chat.test"] });
    const { port } = await serve(certificate);
    const { fingerprint256 } = certificate;
    await connect(port, { fingerprint256 });
    await connect(port, { fingerprint256: fingerprint256.replaceAll(":", "").toLowerCase() });
    const invalid = { code: "ARGUMENT_INVALID" };
    await expect(connect(port, { fingerprint256: "" })).rejects.toMatchObject(invalid);
    await expect(connect(port, { fingerprint256: "00".repeat(32) })).rejects.toMatchObject(untrusted);
  });
});

describe("tls.firstUse", () => {
  it("stores the first certificate and accepts no other", async () => {
    const store = new MemoryStore();
    const certificate = await selfSigned();
    const first = await serve(certificate);
    const name = `127.0.0.1:${first.port}`;
    await connect(first.port, { firstUse: store });
    expect(store.known).toEqual(new Map([[name, certificate.fingerprint256]]));
    await connect(first.port, { firstUse: store });
    expect(store.lookups).toEqual([name, name]);
    store.set(name, (await selfSigned()).fingerprint256);
    await expect(connect(first.port, { firstUse: store })).rejects.toThrow(/stored on first use/);
  });

  it("does not connect when the store fails", async () => {
    const { port } = await serve(await selfSigned());
    const broken: TrustStore = {
      get: () => Promise.reject(new Error("disk full")),
      set: () => {},
    };
    await expect(connect(port, { firstUse: broken })).rejects.toThrow(/disk full/);
  });
});

it("does not verify the local machine unless an option requires it", async () => {
  const { port } = await serve(await selfSigned());
  await connect(port, {});
  await expect(connect(port, { verify: true })).rejects.toMatchObject(untrusted);
});

it("connects in plain text only with tls: false", async () => {
  const plain = await ReferenceServer.start();
  servers.push(plain);
  await expect(connect(plain.port, {})).rejects.toMatchObject({ code: "CONNECT_FAILED" });
  await using server = new Server("127.0.0.1", plain.port, { ...options, tls: false });
  await server.connect();
});
