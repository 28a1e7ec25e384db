import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asterite } from "../support/asterite.ts";
import { clusterMissing, type Services, startCluster, startServices } from "../support/cluster.ts";

interface Finding {
  readonly severity: string;
  readonly subject: string;
  readonly message: string;
}

describe.skipIf(clusterMissing)("asterite doctor with PostgreSQL and NATS", { timeout: 60_000 }, () => {
  let services: Services;
  beforeAll(async () => {
    services = await startServices();
  }, 60_000);
  afterAll(() => services.stop());

  async function doctor(database: string, nats: string) {
    const args = ["doctor", "--json", "--host", "127.0.0.1", "--port", "0", "--insecure-plaintext"];
    const { code, stdout } = await asterite([...args, "--database", database], {
      env: { ASTERITE_NATS: nats },
    });
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    const of = (subject: string) => findings.filter((finding) => finding.subject === subject);
    return { code, stdout, of };
  }

  it("finds no problem and creates no tables", async () => {
    const database = services.postgres.createDatabase();
    const before = await doctor(database, services.nats.url);
    expect(before.code).toBe(0);
    expect(before.of("database")[0]).toMatchObject({
      severity: "ok",
      message: expect.stringContaining("tables will be created on first start"),
    });
    expect(before.of("nats")).toMatchObject([
      { severity: "ok", message: expect.stringContaining("version") },
    ]);
    await startCluster(services, 1, { database });
    const running = await doctor(database, services.nats.url);
    expect(running.of("database")[0]?.message).not.toContain("first start");
  });

  it("reports unreachable services without passwords", async () => {
    const { code, of, stdout } = await doctor(
      "postgres://ann:hidden@127.0.0.1:1/aster",
      "nats://ann:hidden@127.0.0.1:1",
    );
    expect(code).toBe(1);
    expect(of("database")).toMatchObject([
      { severity: "problem", message: expect.stringContaining("127.0.0.1:1") },
    ]);
    expect(of("nats")).toMatchObject([
      { severity: "problem", message: expect.stringContaining("127.0.0.1:1") },
    ]);
    expect(stdout).not.toContain("hidden");
  });

  it("refuses NATS without PostgreSQL", async () => {
    const { code, of } = await doctor("aster.db", services.nats.url);
    expect(code).toBe(1);
    expect(of("configuration")).toMatchObject([
      { message: expect.stringContaining("needs a PostgreSQL database") },
    ]);
  });
});
