import { expect, it } from "vitest";
import { checkOptions } from "./options.ts";

const database = ":memory:";

it.each([
  [{ database: "" }, "database"],
  [{ database, port: -1 }, "port"],
  [{ database, port: 65_536 }, "port"],
  [{ database, port: 1.5 }, "port"],
  [{ database, statusPort: 70_000 }, "statusPort"],
  [{ database, tls: { directory: "x", checkMs: 2 ** 31 } }, "tls.checkMs"],
  [{ database, host: "" }, "host"],
  [{ database, name: "  " }, "name"],
  [{ database, name: "x".repeat(65) }, "name"],
  [{ database, apiVersion: [0, 2, 256] as const }, "apiVersion"],
  [{ database, limits: { content: 0 } }, "limits.content"],
  [{ database, adminUser: { name: "\u0085", password: "secret" } }, "adminUser.name"],
  [{ database, adminUser: { name: "x".repeat(65), password: "secret" } }, "adminUser.name"],
  [{ database, connection: { queuedBytes: Number.NaN } }, "connection.queuedBytes"],
  [{ database, connection: { lineTimeoutMs: Number.POSITIVE_INFINITY } }, "connection.lineTimeoutMs"],
  [{ database, logins: { failuresPerAddress: 0 } }, "logins.failuresPerAddress"],
  [{ database, reservedStateKeys: ["music", ""] }, "reservedStateKeys"],
  [{ database, proxies: { networks: ["10.0.0.0/8", "10.0.0.0/40"] } }, "proxies.networks"],
  [{ database, proxies: { networks: [], header: "x-real-ip" as "forwarded" } }, "proxies.header"],
])("rejects %j and names %s", (options, field) => {
  expect(() => checkOptions(options)).toThrow(
    expect.objectContaining({
      code: "OPTION_INVALID",
      message: expect.stringContaining(`Option ${field} is`),
    }),
  );
});

it.each([
  [{ limits: { contents: 5 } }, "limits.contents is 5"],
  [{ limits: { toString: 5 } }, "limits.toString is 5"],
  [{ limits: 5 }, "limits is 5; allowed: an object"],
  [{ passwords: { minimum: 5 } }, "passwords.minimum is 5; allowed: minLength, allowCommon"],
  [{ audit: { days: 0 } }, "audit.days is 0"],
  [{ loginRequired: "yes" }, 'loginRequired is "yes"'],
  [{ tolerance: 5 }, "Option tolerance is 5; allowed: host, port, database"],
  [{ toString: 5 }, "Option toString is 5"],
  [{ database: "mysql://ann:secret@host/x" }, 'Option database is "mysql://…"'],
  [{ database: "SQLite:///x.db" }, 'Option database is "SQLite://…"'],
])("rejects %j, which would be ignored or become a file", (given, message) => {
  const options = { database, ...(given as object) };
  expect(() => checkOptions(options)).toThrow(
    expect.objectContaining({ code: "OPTION_INVALID", message: expect.stringContaining(message) }),
  );
  expect(() => checkOptions(options)).not.toThrow("secret");
});

it("rejects an admin user without a password", () => {
  expect(() => checkOptions({ database, adminUser: { name: "ann", password: "" } })).toThrow(
    "adminUser.password",
  );
});

it("accepts valid options", () => {
  expect(() =>
    checkOptions({
      database,
      port: 0,
      adminUser: { name: "ann", password: "x" },
      connection: { requestsPerSecond: Number.POSITIVE_INFINITY },
    }),
  ).not.toThrow();
});
