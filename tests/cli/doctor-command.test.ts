import { once } from "node:events";
import { chmod, open, readdir, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createAuthority, selfSigned } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { asterite, startServerProcess, temporaryFolder } from "../support/asterite.ts";

interface Finding {
  readonly severity: string;
  readonly subject: string;
  readonly message: string;
  readonly advice?: string;
}

/** Runs the doctor, on a free port by default. */
async function doctor(...args: readonly string[]) {
  const port = args.includes("--port") ? [] : ["--port", "0"];
  const { code, stdout, stderr } = await asterite([
    "doctor",
    "--json",
    "--host",
    "127.0.0.1",
    ...port,
    ...args,
  ]);
  expect(stderr).toBe("");
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  expect(ok).toBe(code === 0);
  const of = (subject: string) => findings.filter((finding) => finding.subject === subject);
  return { code, findings, of };
}

const ok = (message: unknown) => expect.objectContaining({ severity: "ok", message });
const warning = (message: unknown) => expect.objectContaining({ severity: "warning", message });
const problem = (message: unknown) => expect.objectContaining({ severity: "problem", message });
const having = (text: string): unknown => expect.stringContaining(text);

/** Returns a data folder of a stopped server. */
async function usedFolder(): Promise<string> {
  const data = await temporaryFolder();
  const { process: server } = await startServerProcess(["--data", data]);
  await server.stop();
  return data;
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return String((server.address() as AddressInfo).port);
}

it("finds no problems before the first start and creates no files", async () => {
  const data = await temporaryFolder();
  const { code, of, findings } = await doctor("--data", join(data, "new"));
  expect(code).toBe(0);
  expect(of("database")).toEqual([ok(having("will be created on first start"))]);
  expect(of("certificate")).toEqual([ok(having("will be created on first start"))]);
  expect(of("node")).toEqual([ok(`Node ${process.versions.node}`)]);
  for (const subject of ["configuration", "disk", "port", "clock"]) {
    expect(findings.some((finding) => finding.subject === subject)).toBe(true);
  }
  expect(await readdir(data)).toEqual([]);
});

it("checks the data of a stopped server without creating files", async () => {
  const data = await usedFolder();
  const before = await readdir(data);
  const { code, of } = await doctor("--data", data);
  expect(code).toBe(0);
  expect(of("database")).toEqual([ok(expect.stringMatching(/aster\.db, version 5, \d+\.\d MiB, intact$/))]);
  expect(of("certificate")).toEqual([
    ok(expect.stringMatching(/localhost.*self-signed/)),
    ok(expect.stringMatching(/^fingerprint ([0-9A-F]{2}:){31}/)),
  ]);
  expect(await readdir(data)).toEqual(before);
});

it("tells this running server from another one by the certificate", {
  timeout: 60_000,
}, async () => {
  const data = await temporaryFolder();
  const { ready } = await startServerProcess(["--data", data, "--status-port", "0"]);
  const [port, statusPort] = [String(ready["port"]), String(ready["statusPort"])];
  const own = await doctor("--data", data, "--port", port, "--status-port", statusPort);
  expect(own.code).toBe(0);
  expect(own.of("port")).toEqual([ok(having("in use by this server, which is running: asterite/"))]);
  expect(own.of("database")).toEqual([ok(having("in use by a running server"))]);
  expect(own.of("status port")).toEqual([ok(having("in use by a running server"))]);
  const elsewhere = await doctor("--data", await usedFolder(), "--port", port);
  expect(elsewhere.of("port")).toEqual([warning(having("with another certificate"))]);
  const moved = await doctor("--data", data, "--port", String((await closedAddress()).port));
  expect(moved.of("database")).toContainEqual(warning(having("no server is running on the port")));
});

/** Returns the address of a server that has just been closed. */
async function closedAddress(): Promise<AddressInfo> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return address;
}

it("identifies other programs on the ports", async () => {
  const data = await temporaryFolder();
  const web = await listening(createHttpServer((_request, response) => response.end("hello")));
  const taken = await doctor("--data", data, "--port", web, "--status-port", web);
  expect(taken.code).toBe(1);
  expect(taken.of("port")).toEqual([problem(having("not an Aster server"))]);
  expect(taken.of("status port")).toEqual([problem(having("in use by another program"))]);
  expect(taken.of("port")[0]?.advice).toContain("--port");
  const elsewhere = await doctor("--data", data, "--host", "192.0.2.1", "--port", "2345");
  expect(elsewhere.of("port")).toEqual([problem(having("EADDRNOTAVAIL"))]);
});

it("checks validity, key and permissions of the certificate", { timeout: 60_000 }, async () => {
  const folder = await temporaryFolder();
  const files = ["--cert", join(folder, "chain.pem"), "--key", join(folder, "key.pem")];
  const judge = async (certificate: { cert: string; key: string }) => {
    await writeFile(join(folder, "chain.pem"), certificate.cert);
    await writeFile(join(folder, "key.pem"), certificate.key, { mode: 0o600 });
    const { of } = await doctor("--data", folder, ...files);
    return of("certificate");
  };
  const authority = await createAuthority();
  const dayMs = 86_400_000;
  const inDays = (days: number) => new Date(Date.now() + days * dayMs);
  const good = await authority.issue({ hosts: ["chat.example.org"], notAfter: inDays(90) });
  expect(await judge(good)).toContainEqual(
    ok(expect.stringMatching(/chat\.example\.org.*signed by a certificate authority/)),
  );
  expect(await judge(await authority.issue({ notAfter: inDays(3) }))).toEqual([
    warning(having("expires on")),
  ]);
  expect(await judge(await authority.issue({ notAfter: inDays(-1) }))).toEqual([
    problem(having("expired on")),
  ]);
  const early = await authority.issue({ notBefore: inDays(1), notAfter: inDays(2) });
  expect(await judge(early)).toEqual([problem(having("not valid before"))]);
  const other = await selfSigned();
  expect(await judge({ cert: good.cert, key: other.key })).toEqual([
    problem(having("does not match the certificate")),
  ]);
  const broken = await judge({ cert: good.cert, key: good.key.slice(0, 80) });
  expect(broken).toEqual([problem(having("Cannot use the certificate"))]);
  expect(JSON.stringify(broken)).not.toContain(good.key.slice(30, 60));
  await judge(good);
  await chmod(join(folder, "key.pem"), 0o644);
  const { of } = await doctor("--data", folder, ...files);
  expect(of("certificate")).toContainEqual(warning(having("readable by all users")));
  const missing = await doctor("--data", folder, "--cert", "none.pem", "--key", "none.pem");
  expect(missing.of("certificate")).toEqual([problem(having("Cannot read the PEM file none.pem"))]);
  const plain = await doctor("--data", folder, "--insecure-plaintext");
  expect(plain.of("certificate")).toEqual([warning(having("plain text"))]);
});

it("checks schema version and integrity of the database", { timeout: 60_000 }, async () => {
  const data = await usedFolder();
  const file = join(data, "aster.db");
  const change = (sql: string) => {
    const raw = new DatabaseSync(file, { enableForeignKeyConstraints: false });
    raw.exec(sql);
    raw.close();
  };
  const judge = async () => (await doctor("--data", data)).of("database");
  change("update version set version = 4");
  expect(await judge()).toEqual([warning(having("version 4"))]);
  change("update version set version = 99");
  expect(await judge()).toEqual([problem(having("newer than this version supports"))]);
  change(
    "update version set version = 5; insert into messages (uuid, content, author_uuid, channel_uuid, date, edited, reply) values (1, 'x', 1, 1, 4000000000, 0, null)",
  );
  expect((await doctor("--data", data)).of("clock")).toContainEqual(warning(having("2096")));
  change(
    "create table fill (x); insert into fill select randomblob(900) from (with recursive n(i) as (select 1 union all select i + 1 from n where i < 200) select i from n)",
  );
  const handle = await open(file, "r+");
  const { size } = await handle.stat();
  await handle.write(Buffer.alloc(4096 * 8, 0xff), 0, 4096 * 8, size - 4096 * 10);
  await handle.close();
  expect(await judge()).toEqual([problem(expect.stringMatching(/damaged|malformed/))]);
  await writeFile(file, "no database at all ".repeat(500));
  expect(await judge()).toEqual([problem(having("file is not a database"))]);
  await writeFile(file, "");
  expect(await judge()).toEqual([ok(having("is empty"))]);
  change("create table something (x)");
  expect(await judge()).toEqual([problem(having("not a chat server database"))]);
});

it("reports invalid configuration", async () => {
  const data = await temporaryFolder();
  await writeFile(join(data, "config.json"), '{"port":"many"}');
  await writeFile(join(data, "icon.png"), "no picture");
  for (const [args, text] of [
    [["--config", join(data, "config.json")], 'port is "many"'],
    [["--config", join(data, "none.json")], "cannot read configuration file"],
    [["--cert", "x.pem"], "--cert and --key must be given together"],
    [["--name", " "], "Option name"],
    [["--icon", join(data, "icon.png")], "not a PNG file"],
  ] as const) {
    // Without --port, which would override the file.
    const { code, stdout } = await asterite(["doctor", "--json", "--data", data, ...args]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).findings).toContainEqual(problem(having(text)));
  }
});

it("checks only the requirements for Discord voice with --discord", async () => {
  const { code, stdout } = await asterite(["doctor", "--discord", "--json"]);
  expect(code).toBe(0);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  expect(findings.map(({ severity, subject }) => `${severity} ${subject}`)).toEqual([
    "ok udp",
    "ok encryption",
    "ok end to end",
    "ok opus",
    ...["node", "open files", "clock"].map((subject) => expect.stringContaining(subject)),
  ]);
  expect(findings[1]?.message).toContain("aead_aes256_gcm_rtpsize, aead_xchacha20_poly1305_rtpsize");
  expect(findings[2]?.message).toMatch(/^DAVE, davey \d/);
});

it("prints marked lines with advice as text", async () => {
  const data = await temporaryFolder();
  const { code, stdout } = await asterite(["doctor", "--data", data, "--port", "0", "--rate-limit", "off"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}! configuration {2}no rate limit\n {10,}Remove --rate-limit off/);
  expect(stdout).toMatch(/\n {2}✓ node {11}Node 24/);
  expect(stdout).toMatch(/\n {2}0 problems, \d warnings?$/m);
});
