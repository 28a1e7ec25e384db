import { once } from "node:events";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import type { TlsOptions } from "@asterite/aster-server";
import { type Certificate, createAuthority, selfSigned } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/asterite.ts";
import { openClient, startServer, statusOf } from "../support/server.ts";

/** The certificate that a new connection is shown. */
async function shownBy(port: number, version?: "TLSv1.2" | "TLSv1.3"): Promise<string> {
  const range = version && { minVersion: version, maxVersion: version };
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...range });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  return socket.getPeerCertificate().fingerprint256;
}

/** A server whose log can be waited for. */
async function serverWith(tls: TlsOptions) {
  const lines: { message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  let heard = Promise.withResolvers<void>();
  const write = (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ message, fields });
    heard.resolve();
    heard = Promise.withResolvers();
  };
  const logger = { debug: () => {}, info: write, warn: write, error: write };
  const server = await startServer({ tls, logger });
  const logged = async (start: string) => {
    for (;;) {
      const index = lines.findIndex(({ message }) => message.startsWith(start));
      if (index >= 0) return lines.splice(0, index + 1).at(-1)?.fields;
      await heard.promise;
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

it("shows a new certificate to new connections and keeps the old ones, in a data folder", async () => {
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
    expect(await shownBy(server.port, version)).toBe(renewed.fingerprint256);
  }
  expect(server.fingerprint256).toBe(renewed.fingerprint256);
  expect(await statusOf(client, "ping")).toBe(200);
});

it("follows files that are replaced by renaming, again and again", async () => {
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
    expect(await shownBy(server.port)).toBe(next.fingerprint256);
  }
});

it("follows symbolic links that point elsewhere, as renewal tools leave them", async () => {
  const folder = await temporaryFolder();
  const [first, second] = [await selfSigned(), await selfSigned()];
  await write(join(folder, "archive1"), first);
  await write(join(folder, "archive2"), second);
  await symlink("archive1", join(folder, "live"));
  const { server, logged } = await serverWith(filesIn(join(folder, "live")));
  expect(await shownBy(server.port)).toBe(first.fingerprint256);
  await symlink("archive2", join(folder, "next"));
  await rename(join(folder, "next"), join(folder, "live"));
  await logged("certificate replaced");
  expect(await shownBy(server.port)).toBe(second.fingerprint256);
});

it("goes on with the old certificate while the files are half written, gone or do not fit", async () => {
  const folder = await temporaryFolder();
  const [first, second] = [await selfSigned(), await selfSigned()];
  await write(folder, first);
  const { server, logged, lines } = await serverWith(filesIn(folder));
  const states = [
    { cert: second.cert, key: first.key, reason: "the key is of another certificate" },
    { cert: second.cert, key: second.key.slice(0, 60), reason: "DECODER" },
    { cert: "", key: second.key, reason: "no start line" },
  ];
  // Each state is waited for by its own reason: what lies between two of them is complained of too.
  const complained = async (reason: string) => {
    for (;;) {
      const complaint = await logged("changed certificate not used");
      if (String(complaint?.["reason"]).includes(reason)) return;
    }
  };
  for (const { reason, ...state } of states) {
    await write(folder, state);
    await complained(reason);
    expect(await shownBy(server.port)).toBe(first.fingerprint256);
  }
  await rm(join(folder, "certificate.pem"));
  await complained("ENOENT");
  expect(await shownBy(server.port)).toBe(first.fingerprint256);
  expect(JSON.stringify(lines)).not.toContain("PRIVATE KEY");
  await write(folder, second);
  await logged("certificate replaced");
  expect(await shownBy(server.port)).toBe(second.fingerprint256);
});
