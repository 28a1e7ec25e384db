import { PostgresServer } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { runPermissionTable } from "./permission-table.test-support.ts";

// Samples with a step that has no factor in common with the numbers of values; the long test runs all.

it("no command grants a permission that its user lacks, or reaches a rank that is not below", {
  timeout: 120_000,
}, async () => {
  const refused = await runPermissionTable(":memory:", 11);
  expect(refused).not.toContain("update_group");
});

it.skipIf(!PostgresServer.isInstalled)("nor on PostgreSQL", { timeout: 120_000 }, async () => {
  const server = await PostgresServer.start();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const refused = await runPermissionTable(server.createDatabase(), 101);
  expect(refused).not.toContain("update_channel");
});
