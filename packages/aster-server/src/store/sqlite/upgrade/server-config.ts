import { Permissions } from "@asterite/aster-protocol";
import { type UpgradeContext, type UpgradeStep, unsupportedContent } from "./step.ts";
import { storedPermissions } from "./stored-permissions.ts";
import { tableDefinition, tableNames } from "./table-shape.ts";
import { hasCurrentShape } from "./tables.ts";

/** The base permissions as they are stored, if there are any. */
function readBasePermissions({ raw }: UpgradeContext): unknown {
  return raw.prepare("select base_perms from server_config limit 1").get()?.["base_perms"];
}

/** Once this server has had the file, whoever leaves the permission open does so on purpose. */
const isComplete = (base: unknown, { isFirstOpen: firstTime }: UpgradeContext): boolean =>
  base instanceof Uint8Array && !(firstTime && storedPermissions(base).get("view_channel") === "default");

/**
 * From version 4 on the database holds name, icon and base permissions. For some weeks the latter said
 * nothing about `view_channel`, so that nobody saw any channel.
 */
export const serverConfigStep: UpgradeStep = {
  name: "server configuration",
  isNeeded(context) {
    if (!tableNames(context.raw).has("server_config")) return true;
    if (!hasCurrentShape(context, "server_config")) {
      throw unsupportedContent(
        context.file,
        "has a table server_config whose columns no version of the reference server has",
        "Remove the table from a copy and open the copy: it is made anew.",
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
    const mended =
      base instanceof Uint8Array
        ? storedPermissions(base).with({ view_channel: "allow" })
        : Permissions.initialBase;
    raw
      .prepare("update server_config set base_perms = ? where rowid = (select min(rowid) from server_config)")
      .run(Uint8Array.from(mended.toBytes()));
  },
};
