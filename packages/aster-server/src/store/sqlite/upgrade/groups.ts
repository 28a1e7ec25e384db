import { countRows, type UpgradeContext, type UpgradeStep, unsupportedContent } from "./step.ts";
import { columnNames, tableDefinition, tableNames } from "./table-shape.ts";
import { hasCurrentShape } from "./tables.ts";

const hasGroupsTable = ({ raw }: UpgradeContext): boolean => tableNames(raw).has("groups");

/**
 * Drops groups from before version 4, which have no position and different permissions, as the reference
 * server does: they cannot be mapped to present permissions.
 */
export const groupsStep: UpgradeStep = {
  name: "groups",
  isNeeded(context) {
    if (!hasGroupsTable(context)) return true;
    if (hasCurrentShape(context, "groups")) return false;
    if (columnNames(context.raw, "groups").includes("position")) {
      throw unsupportedContent(
        context.file,
        "has a table groups whose columns no version of the reference server has",
        "Reorder them to uuid, name, colour, permissions, position in a copy and open the copy.",
      );
    }
    return true;
  },
  apply(context) {
    const { raw } = context;
    if (hasGroupsTable(context)) {
      const lost = countRows(raw, "from groups");
      if (lost > 0) {
        context.warn(
          `${lost} groups from before version 4 were dropped, like the reference server does; the backup has them`,
        );
      }
      raw.exec("drop table groups");
    }
    raw.exec(tableDefinition("groups").sql);
  },
};
