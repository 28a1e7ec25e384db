import { cannotKeep, count, type StepContext, type UpgradeStep } from "./step.ts";
import { columnsOf, definitionOf, tableNames } from "./table-shape.ts";
import { isInShape } from "./tables.ts";

const exists = ({ raw }: StepContext): boolean => tableNames(raw).has("groups");

/**
 * Groups from before version 4 have no rank and other permissions. Upstream drops them, twice even, and so
 * do we: nobody can say what they would have to mean today.
 */
export const groupsStep: UpgradeStep = {
  name: "groups",
  isNeeded(context) {
    if (!exists(context)) return true;
    if (isInShape(context, "groups")) return false;
    if (columnsOf(context.raw, "groups").includes("position")) {
      throw cannotKeep(
        context.file,
        "has a table groups whose columns no version of the reference server has",
        "Bring them into the order uuid, name, colour, permissions, position in a copy, and open the copy.",
      );
    }
    return true;
  },
  apply(context) {
    const { raw } = context;
    if (exists(context)) {
      const lost = count(raw, "from groups");
      if (lost > 0) {
        context.warn(
          `${lost} groups from before version 4 were dropped, as the reference server does; the backup has them`,
        );
      }
      raw.exec("drop table groups");
    }
    raw.exec(definitionOf("groups").sql);
  },
};
