export { storedPermissions } from "./stored-permissions.ts";
export { readGroups, readOverrides } from "./stored-rows.ts";
export { upgradeFile } from "./upgrade-file.ts";
