import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { silentLogger } from "@asterite/util";
import fc from "fast-check";
import { expect, it } from "vitest";
import { openSqliteStore } from "../sqlite-store.ts";
import { upgradeSteps } from "./steps.ts";
import { columnNames, tableDefinition, upstreamTables } from "./table-shape.ts";
import {
  content,
  filesIn,
  needsUpgrade,
  type UpstreamFile,
  upgraded,
  writeUpstreamFile,
} from "./upgrade.test-support.ts";
import { upgradeFile } from "./upgrade-file.ts";

const initial = { name: "Given", icon: new Uint8Array([9, 8, 7]) };

/** Any shape with any version number, and any combination of known defects in one file. */
const anyFile: fc.Arbitrary<UpstreamFile> = fc
  .record({
    shape: fc.constantFrom(0, 1, 2, 3, 4, 5),
    versionNumber: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    isUpgradedByUpstream: fc.boolean(),
    missingColumns: fc.subarray([
      "messages.edited",
      "messages.reply",
      "users.password",
      "sync_servers.uname",
    ] as const),
    hasLargeUuids: fc.boolean(),
    markers: fc.constantFrom(undefined, "message" as const, "without key" as const),
    base: fc.constantFrom(undefined, [170, 150, 1]),
    hasDanglingGroup: fc.boolean(),
    hasEarlyOverrides: fc.boolean(),
  })
  .map(
    ({
      shape,
      versionNumber,
      isUpgradedByUpstream,
      missingColumns,
      hasLargeUuids,
      markers,
      base,
      hasDanglingGroup,
      hasEarlyOverrides,
    }) => ({
      hasLargeUuids,
      hasDanglingGroup,
      hasEarlyOverrides,
      shape,
      isUpgradedByUpstream: isUpgradedByUpstream && shape >= 4,
      missingColumns:
        shape >= 4 ? missingColumns.filter((column) => column !== "users.password") : missingColumns,
      ...(versionNumber !== undefined && versionNumber !== shape && { versionNumber }),
      ...(markers !== undefined && shape >= 5 && { markers }),
      ...(base !== undefined && shape >= 4 && { base }),
    }),
  );

it("upgrades any combination of defects, and changes nothing when the upgrade is interrupted", {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(anyFile, fc.nat({ max: upgradeSteps.length }), async (kind, interruptedAt) => {
      const folder = mkdtempSync(join(tmpdir(), "asterite-combinations-"));
      try {
        const file = join(folder, "aster.db");
        writeUpstreamFile(file, kind);
        const original = readFileSync(file);
        const interruption = { name: "interruption", isNeeded: () => true, apply: () => raise() };
        const steps = upgradeSteps.toSpliced(interruptedAt, 0, interruption);
        expect(() => upgradeFile(file, { initial, logger: silentLogger, steps })).toThrow("interrupted");
        expect(original.equals(readFileSync(file))).toBe(true);
        expect(filesIn(folder)).toEqual(["aster.db"]);

        const store = openSqliteStore(file, initial);
        const history = await store.read.messages.readPage({ channel: upgraded(kind, 205), limit: 9 });
        const rules = await store.read.readAccessRules();
        await store.close();
        expect(history?.map((message) => message.content)).toEqual(["first", "second", "third", "fourth"]);
        expect(rules.channels.map(({ name }) => name)).toEqual(content.channels.map(({ name }) => name));
        expect(rules.base.get("view_channel")).toBe("allow");
        expect(rules.groups.map(({ name }) => name)).toEqual(
          kind.shape >= 4 ? content.groups.map(({ name }) => name) : [],
        );
        expect(filesIn(folder)).toHaveLength(needsUpgrade(kind) ? 2 : 1);
        const raw = new DatabaseSync(file);
        expect(raw.prepare("select version from version").all()).toEqual([{ version: 5 }]);
        for (const table of upstreamTables) {
          const expected = tableDefinition(table).columns.map(({ name }) => name);
          expect(columnNames(raw, table).filter((name) => name !== "link_id")).toEqual(expected);
        }
        raw.close();
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 30 },
  );
});

function raise(): never {
  throw new Error("interrupted");
}
