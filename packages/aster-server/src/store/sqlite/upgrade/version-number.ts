import { schemaVersion } from "../schema.ts";
import type { UpgradeStep } from "./step.ts";
import { tableDefinition, tableNames } from "./table-shape.ts";

/** Writes the version number. Runs last, so that a file with number 5 has the shape of version 5. */
export const versionNumberStep: UpgradeStep = {
  name: "version number",
  isNeeded({ raw }) {
    if (!tableNames(raw).has("version")) return true;
    return raw.prepare("select version from version limit 1").get()?.["version"] !== schemaVersion;
  },
  apply({ raw }) {
    if (!tableNames(raw).has("version")) raw.exec(tableDefinition("version").sql);
    const { changes } = raw.prepare("update version set version = ?").run(schemaVersion);
    if (Number(changes) === 0) raw.prepare("insert into version (version) values (?)").run(schemaVersion);
  },
};
