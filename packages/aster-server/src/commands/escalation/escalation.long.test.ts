import { PostgresServer } from "@asterite/testkit";
import { expect, it, onTestFinished } from "vitest";
import { runPermissionTable } from "./permission-table.test-support.ts";

// Base permissions and the audit log need the top rank, and no data exists for the others.
const alwaysRefused = ["events_after", "list_audit", "revoke_token", "set_base_permissions", "sync_get"];

it("no command grants a permission that its user lacks, or reaches a rank that is not below", {
  timeout: 1_200_000,
}, async () => {
  expect((await runPermissionTable(":memory:", 1)).sort()).toEqual(alwaysRefused);
});

it.skipIf(!PostgresServer.isInstalled)("nor on PostgreSQL", { timeout: 1_200_000 }, async () => {
  const server = await PostgresServer.start();
  onTestFinished(() => server[Symbol.asyncDispose]());
  expect(await runPermissionTable(server.createDatabase(), 7)).toEqual(expect.arrayContaining(alwaysRefused));
});
