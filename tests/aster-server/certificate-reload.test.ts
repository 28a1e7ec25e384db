import { once } from "node:events";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import type { TlsOptions } from "@asterite/aster-server";
import { type Certificate, createAuthority, selfSigned } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { openClient, startServer, statusOf } from "../support/server.ts";

/** Returns the fingerprint of the certificate that a new connection receives. */
async function fingerprintAt(port: number, version?: "TLSv1.2" | "TLSv1.3"): Promise<string> {
  const range = version && { minVersion: version, maxVersion: version };
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...range });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  return socket.getPeerCertificate().fingerprint256;
}

/** Starts a server whose log lines can be awaited. */
async function serverWith(tls: TlsOptions) {
  const lines: { message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  let written = Promise.withResolvers<void>();
  const write = (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ message, fields });
    written.resolve();
    written = Promise.withResolvers();
  };
  const logger = { debug: () => {}, info: write, warn: write, error: write };
  const server = await startServer({ tls, logger });
  const logged = async (start: string) => {
    for (;;) {
      const index = lines.findIndex(({ message }) => message.startsWith(start));
      if (index >= 0) return lines.splice(0, index + 1).at(-1)?.fields;
      await written.promise;
    }
  };
  return { server, logged, lines };
}

async function write(folder: string, { cert, key }: Pick<Certificate, "cert" | "key">): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "certificate.pem"), cert);
  await writeFile(join(folder, "private-key.pem"), key);
}

const checkMs = 20;
const filesIn = (folder: string): TlsOptions => ({
  certificateFile: join(folder, "certificate.pem"),
  keyFile: join(folder, "private-key.pem"),
  checkMs,
});

it("presents a renewed certificate of the data folder to new connections and keeps open ones", async () => {
  const directory = await temporaryFolder();
  const { server, logged } = await serverWith({ directory, checkMs });
  const before = server.fingerprint256;
  const client = await openClient(server.port);
  expect(await statusOf(client, "ping")).toBe(200);
  const authority = await createAuthority();
  const renewed = await authority.issue();
  await write(directory, renewed);
  expect(await logged("certificate replaced")).toEqual({ before, after: renewed.fingerprint256 });
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    expect(await fingerprintAt(server.port, version)).toBe(renewed.fingerprint256);
  }
  expect(server.fingerprint256).toBe(renewed.fingerprint256);
  expect(await statusOf(client, "ping")).toBe(200);
});

it("reloads files that are replaced by renaming, repeatedly", async () => {
  const folder = await temporaryFolder();
  await write(folder, await selfSigned());
  const { server, logged } = await serverWith(filesIn(folder));
  for (let round = 0; round < 3; round++) {
    const next = await selfSigned();
    await write(join(folder, "new"), next);
    for (const name of ["private-key.pem", "certificate.pem"]) {
      await rename(join(folder, "new", name), join(folder, name));
    }
    expect(await logged("certificate replaced")).toMatchObject({ after: next.fingerprint256 });
    expect(await fingerprintAt(server.port)).toBe(next.fingerprint256);
  }
});

it("reloads files behind a symbolic link that is switched, as renewal tools do", async () => {
  const folder = await temporaryFolder();
  const [first, second] = [await selfSigned(), await selfSigned()];
  await write(join(folder, "archive1"), first);
  await write(join(folder, "archive2"), second);
  await symlink("archive1", join(folder, "live"));
  const { server, logged } = await serverWith(filesIn(join(folder, "live")));
  expect(await fingerprintAt(server.port)).toBe(first.fingerprint256);
  await symlink("archive2", join(folder, "next"));
  await rename(join(folder, "next"), join(folder, "live"));
  await logged("certificate replaced");
  expect(await fingerprintAt(server.port)).toBe(second.fingerprint256);
});

it("keeps the old certificate while the files are incomplete, missing or do not match", async () => {
  const folder = await temporaryFolder();
  const [first, second] = [await selfSigned(), await selfSigned()];
  await write(folder, first);
  const { server, logged, lines } = await serverWith(filesIn(folder));
  const states = [
    { cert: second.cert, key: first.key, reason: "the private key does not match" },
    { cert: second.cert, key: second.key.slice(0, 60), reason: "DECODER" },
    { cert: "", key: second.key, reason: "no start line" },
  ];
  // Each state is awaited by its own reason, because states between two of them are logged too.
  const failedWith = async (reason: string) => {
    for (;;) {
      const failure = await logged("certificate not reloaded");
      if (String(failure?.["reason"]).includes(reason)) return;
    }
  };
  for (const { reason, ...state } of states) {
    await write(folder, state);
    await failedWith(reason);
    expect(await fingerprintAt(server.port)).toBe(first.fingerprint256);
  }
  await rm(join(folder, "certificate.pem"));
  await failedWith("ENOENT");
  expect(await fingerprintAt(server.port)).toBe(first.fingerprint256);
  expect(JSON.stringify(lines)).not.toContain("PRIVATE KEY");
  await write(folder, second);
  await logged("certificate replaced");
  expect(await fingerprintAt(server.port)).toBe(second.fingerprint256);
});
