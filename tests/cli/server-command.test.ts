import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { asterite, startServerProcess, temporaryFolder } from "../support/asterite.ts";
import { ask, firstChannel, openClient, register } from "../support/server.ts";

const node22 = fileURLToPath(new URL("../../node_modules/node22/bin/node", import.meta.url));

const nameOf = async (port: number) => (await ask(await openClient(port), "get_name")).reply["data"];

it("logs one JSON line with host and port when ready", async () => {
  const data = await temporaryFolder();
  const { ready, process: server } = await startServerProcess(["--data", data, "--log-level", "silent"]);
  expect(ready).toMatchObject({
    msg: "ready",
    service: "aster-server",
    pid: server.pid,
    host: "127.0.0.1",
    port: expect.any(Number),
    fingerprint256: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
  });
  const again = await server.stop();
  expect(again).toEqual({ code: 0, signal: null });
});

// Starts four processes in sequence.
it("resolves settings in the order flag, environment, file, default", { timeout: 60_000 }, async () => {
  const data = await temporaryFolder();
  const config = join(data, "config.json");
  await writeFile(
    config,
    JSON.stringify({ name: "from file", log_level: "error", voice_port: 1, nodes: "x" }),
  );
  const env = { ASTERITE_NAME: "from environment" };
  const flag = await startServerProcess(["--data", data, "--config", config, "--name", "from flag"], { env });
  expect(await nameOf(flag.port)).toBe("from flag");
  await flag.process.stop();
  const environment = await startServerProcess(["--data", data, "--config", config], { env });
  expect(await nameOf(environment.port)).toBe("from environment");
  await environment.process.stop();
  const file = await startServerProcess(["--data", data, "--config", config]);
  expect(await nameOf(file.port)).toBe("from file");
  await file.process.stop();
  // At this level only the ready line is logged.
  expect(file.process.stdout).toHaveLength(1);
  const fallback = await startServerProcess(["--data", await temporaryFolder()]);
  expect(await nameOf(fallback.port)).toBe("Asterite");
});

it("takes files with --files, whose links have the address of --public-url", async () => {
  const data = await temporaryFolder();
  const publicUrl = "https://chat.example.org";
  const args = [
    "--data",
    data,
    "--files",
    join(data, "files"),
    "--public-url",
    publicUrl,
    "--plain-port",
    "0",
  ];
  const { port, ready } = await startServerProcess(args);
  const client = await openClient(port);
  const { reply: hello } = await ask(client, "hello", { client: "test/1", extensions: ["message"] });
  expect(hello["extensions"]).toContain("files");
  await register(client, "ann");
  const channel = await firstChannel(client);
  const given = { channel, name: "a.txt", type: "text/plain", size: 5 };
  const { upload, url } = (await ask(client, "create_upload", given)).reply;
  const base = `http://127.0.0.1:${Number(ready["plainPort"])}`;
  expect((await fetch(`${base}${url}`, { method: "PUT", body: "hello" })).status).toBe(200);
  const { message } = (await ask(client, "send", { channel, content: "", attachments: [upload] })).reply;
  const { content } = (await ask(client, "get_message", { message })).reply["data"] as { content: string };
  expect(content).toMatch(/^https:\/\/chat\.example\.org\/files\//);
  expect(await (await fetch(content.replace(publicUrl, base))).text()).toBe("hello");
});

it("accepts the reference server's configuration file", async () => {
  const folder = await temporaryFolder();
  const assets = fileURLToPath(new URL("../../packages/aster-server/assets/", import.meta.url));
  const first = await startServerProcess(["--data", folder]);
  await first.process.stop();
  const config = {
    addr: "127.0.0.1",
    port: 0,
    voice_port: 5432,
    name: "Old server",
    icon: join(assets, "icon.png"),
    default_pfp: join(assets, "default-picture.png"),
    database_file: "old.db",
    certificate_chain: "certificate.pem",
    private_key: "private-key.pem",
  };
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  const server = await startServerProcess(["--config", "config.json"], { cwd: folder });
  expect(server.ready["fingerprint256"]).toBe(first.ready["fingerprint256"]);
  expect(await nameOf(server.port)).toBe("Old server");
});

it.each([
  [["server", "--port", "70000"], {}, "an integer from 0 to 65535"],
  [["server"], { ASTERITE_PORT: "x" }, "ASTERITE_PORT"],
  [["server", "--rate-limit", "0"], {}, "at least 1, or off"],
  [["server", "--trusted-proxy", "10.0.0.1,proxy"], {}, "Must be IPv4 or IPv6 addresses or networks"],
  [["server", "--nats", "nats://ann:secret@a"], {}, "--nats <addresses> must not contain credentials"],
  [["server", "--proxy-header", "forwarded"], {}, "--proxy-header needs --trusted-proxy"],
  [["server", "--cert", "x.pem"], {}, "--cert and --key must be given together"],
  [["server", "--cert", "x.pem", "--key", "y.pem"], {}, "Cannot read the PEM file x.pem"],
  [["server", "--insecure-plaintext", "--cert", "x.pem"], {}, "excludes --cert and --key"],
  [["server", "--config", "none.json"], {}, "cannot read configuration file none.json"],
  [["server", "--icon", "none.png"], {}, "Cannot read the picture none.png"],
  [["server", "--name", "x".repeat(65)], {}, "1 to 64 characters"],
  [["server", "--admin-user", "ann"], {}, "a name and a password"],
  [["server", "--admin-user", "ann", "--scratch-db"], {}, "a name and a password"],
  [["server", "--admin-user=ann", "secret"], {}, "a name and a password"],
  [["server", "--scratch-db", "--admin-user", " ", "secret"], {}, "adminUser.name"],
  [["server", "--scratch-db", "--admin-user", "ann", ""], {}, "adminUser.password"],
  [["server", "--colour", "red"], {}, "unknown option '--colour'"],
  [["serve"], {}, "unknown command 'serve'"],
])("rejects %j with %j without a stack trace", async (args, env, message) => {
  const { code, stderr, stdout } = await asterite(args, { env, cwd: await temporaryFolder() });
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect([code, stdout]).toEqual([1, ""]);
});

it.each([
  [["server", "--admin-user", "ann hunter2"], {}],
  [["server"], { ASTERITE_ADMIN_USER: "ann hunter2" }],
  [["server"], { ASTERITE_ADMIN_USER: '["ann", hunter2' }],
])("does not print the password in %j with %j", async (args, env) => {
  const { code, stderr } = await asterite(args, { env, cwd: await temporaryFolder() });
  expect(stderr).toContain("a name and a password");
  expect(stderr).not.toContain("hunter2");
  expect(code).toBe(1);
});

it.each([
  ['{"port":"many"}', 'config.json: port is "many"'],
  ['{"port":"2345"}', 'config.json: port is "2345". Must be a JSON number.'],
  ['{"name":5}', "config.json: name is 5. Must be a JSON string."],
  ['{"web":"true"}', 'config.json: web is "true". Must be a JSON boolean.'],
  ['{"icon":["a"]}', "config.json: icon must not be an object or array"],
  ['{"rate_limits":5}', "config.json: unknown key rate_limits; known: addr, port,"],
  ['{"toString":5}', "config.json: unknown key toString"],
  ['{"database_file":"mysql://ann:hunter2@host/x"}', 'Option database is "mysql://…"'],
])("names the invalid key of a configuration file %s", async (content, message) => {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, "config.json"), content);
  const { code, stderr } = await asterite(["server", "--config", "config.json"], { cwd });
  expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  expect(stderr).not.toContain("hunter2");
  expect(await readdir(cwd)).toEqual(["config.json"]);
});

// Starts three processes in sequence.
it("reports a port or database that is in use", { timeout: 60_000 }, async () => {
  const data = await temporaryFolder();
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const taken = await asterite(["server", "--host", "127.0.0.1", "--port", String(port), "--data", data]);
  other.close();
  expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining(`port ${port} is already in use`)]);
  await startServerProcess(["--data", data]);
  const second = await asterite(["server", "--host", "127.0.0.1", "--port", "0", "--data", data]);
  expect([second.code, second.stderr]).toEqual([1, expect.stringContaining("in use by another process")]);
});

// Starts four processes in sequence.
it("re-executes itself with the installed Node when started with an older one, and exits with it", {
  timeout: 60_000,
}, async () => {
  const { ready, process: server } = await startServerProcess(["--data", await temporaryFolder()], {
    node: node22,
  });
  expect(await nameOf(Number(ready["port"]))).toBe("Asterite");
  await server.stop();
  const version = await asterite(["--version"], { node: node22 });
  expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
});

it("lists all options with defaults and environment variables in --help", async () => {
  const { code, stdout } = await asterite(["server", "--help"], { env: { COLUMNS: "200" } });
  expect(code).toBe(0);
  for (const flag of [
    "host",
    "port",
    "data",
    "database",
    "name",
    "icon",
    "config",
    "cert",
    "key",
    "rate-limit",
    "scratch-db",
  ]) {
    expect(stdout).toContain(`--${flag} `);
    expect(stdout).toContain(`ASTERITE_${flag.replace("-", "_").toUpperCase()}`);
  }
});

const asAdmin = async (port: number, passwd: string) => {
  const client = await openClient(port);
  const { reply: login } = await ask(client, "login", { uname: "ann", passwd });
  if (login.status !== 200) return login.status;
  const { reply } = await ask(client, "create_channel", { name: "made", permissions: {} });
  return reply.status;
};

it.each([
  [["--scratch-db", "--admin-user", "ann", "-secret"]],
  [["--admin-user", "ann", "-secret", "--scratch-db"]],
])("accepts the reference server's flags %j", async (flags) => {
  const cwd = await temporaryFolder();
  const { port, process: server } = await startServerProcess(flags, { cwd });
  expect(await asAdmin(port, "-secret")).toBe(200);
  await server.stop();
  expect(server.stdout.join("\n")).not.toContain("-secret");
  expect(await readdir(join(cwd, "data"))).toEqual(["certificate.pem", "private-key.pem"]);
});

it("creates the administrator once and keeps the password of an existing account", async () => {
  const flags = ["--data", await temporaryFolder(), "--admin-user", "ann"];
  for (const password of ["first", "second"]) {
    const { port, process: server } = await startServerProcess([...flags, password]);
    const client = await openClient(port);
    expect((await ask(client, "get_metadata")).reply["data"]).toEqual([
      expect.objectContaining({ name: "ann", groups: [expect.any(Number)] }),
    ]);
    expect(await asAdmin(port, "second")).toBe(403);
    expect(await asAdmin(port, "first")).toBe(200);
    await server.stop();
  }
});
