import { Permissions } from "@asterite/aster-protocol";
import { type UpgradeContext, type UpgradeStep, unsupportedContent } from "./step.ts";
import { storedPermissions } from "./stored-permissions.ts";
import { tableDefinition, tableNames } from "./table-shape.ts";
import { hasCurrentShape } from "./tables.ts";

/** Reads the base permissions; undefined if there is no row. */
function readBasePermissions({ raw }: UpgradeContext): unknown {
  return raw.prepare("select base_perms from server_config limit 1").get()?.["base_perms"];
}

/** An undecided `view_channel` is repaired on first open only; later it is the operator's choice. */
const isComplete = (base: unknown, { isFirstOpen: firstTime }: UpgradeContext): boolean =>
  base instanceof Uint8Array && !(firstTime && storedPermissions(base).get("view_channel") === "default");

/**
 * Adds name, icon and base permissions, which the database holds since version 4. Also allows `view_channel`
 * where it is undecided: for some weeks the reference server left it out, so that no user saw a channel.
 */
export const serverConfigStep: UpgradeStep = {
  name: "server configuration",
  isNeeded(context) {
    if (!tableNames(context.raw).has("server_config")) return true;
    if (!hasCurrentShape(context, "server_config")) {
      throw unsupportedContent(
        context.file,
        "has a table server_config whose columns no version of the reference server has",
        "Remove the table from a copy and open the copy; the table is then created again.",
      );
    }
    return !isComplete(readBasePermissions(context), context);
  },
  apply(context) {
    const { raw, initial } = context;
    if (!tableNames(raw).has("server_config")) raw.exec(tableDefinition("server_config").sql);
    const base = readBasePermissions(context);
    if (base === undefined) {
      raw
        .prepare("insert into server_config (name, icon, base_perms) values (?, ?, ?)")
        .run(initial.name, initial.icon, Uint8Array.from(Permissions.initialBase.toBytes()));
      return;
    }
    const repaired =
      base instanceof Uint8Array
        ? storedPermissions(base).with({ view_channel: "allow" })
        : Permissions.initialBase;
    raw
      .prepare("update server_config set base_perms = ? where rowid = (select min(rowid) from server_config)")
      .run(Uint8Array.from(repaired.toBytes()));
  },
};
