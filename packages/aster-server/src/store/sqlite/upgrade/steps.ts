import { groupsStep } from "./groups.ts";
import { membershipsStep } from "./memberships.ts";
import { readMarkersStep } from "./read-markers.ts";
import { serverConfigStep } from "./server-config.ts";
import type { UpgradeStep } from "./step.ts";
import { tablesStep } from "./tables.ts";
import { uuidsStep } from "./uuids.ts";
import { versionNumberStep } from "./version-number.ts";

/** All upgrade steps, in the order in which they run. */
export const upgradeSteps: readonly UpgradeStep[] = [
  groupsStep,
  tablesStep,
  readMarkersStep,
  uuidsStep,
  membershipsStep,
  serverConfigStep,
  versionNumberStep,
];
