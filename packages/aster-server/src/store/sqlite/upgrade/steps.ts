import { groupsStep } from "./groups.ts";
import { membershipsStep } from "./memberships.ts";
import { readMarkersStep } from "./read-markers.ts";
import { serverConfigStep } from "./server-config.ts";
import type { UpgradeStep } from "./step.ts";
import { tablesStep } from "./tables.ts";
import { uuidsStep } from "./uuids.ts";
import { versionNumberStep } from "./version-number.ts";

/** Everything that an old file may need, in the order in which it is done. */
export const upgradeSteps: readonly UpgradeStep[] = [
  groupsStep,
  tablesStep,
  readMarkersStep,
  uuidsStep,
  membershipsStep,
  serverConfigStep,
  versionNumberStep,
];
