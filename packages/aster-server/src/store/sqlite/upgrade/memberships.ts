import { countRows, type UpgradeStep } from "./step.ts";
import { tableNames } from "./table-shape.ts";

const fromDanglingMemberships = "from user_groups where group_uuid not in (select uuid from groups)";

/**
 * Removes memberships in deleted groups: the reference server answers 500 to most requests of such members.
 */
export const membershipsStep: UpgradeStep = {
  name: "memberships",
  isNeeded({ raw }) {
    const tables = tableNames(raw);
    return tables.has("groups") && tables.has("user_groups") && countRows(raw, fromDanglingMemberships) > 0;
  },
  apply({ raw, warn }) {
    const lost = countRows(raw, fromDanglingMemberships);
    raw.exec(`delete ${fromDanglingMemberships}`);
    warn(`${lost} memberships in groups that do not exist were removed`);
  },
};
