import { lavalinkFilterSettings, lavalinkPluginFilterSettings } from "@asterite/andesite-protocol";
import { nodeCommit, nodeVersion } from "../../version.ts";
import { HttpError } from "../http/http-error.ts";
import type { Statistics } from "../stats/statistics.ts";
import type { Lavalink4Route } from "./route.ts";

/** Version of Lavalink whose protocol the node implements. Clients select features by it. */
const lavalinkVersion = Object.freeze({ semver: "4.2.2", major: 4, minor: 2, patch: 2, preRelease: "" });

const filters = Object.freeze([
  "volume",
  "equalizer",
  ...Object.keys(lavalinkFilterSettings),
  ...Object.keys(lavalinkPluginFilterSettings),
]);

/** Returns the routes about the node. Addresses are not rotated, so the route planner is off. */
export function nodeRoutes(
  statistics: Statistics,
  enabledSources: readonly string[],
  isNodelink: boolean,
): Lavalink4Route[] {
  const info = {
    version: lavalinkVersion,
    buildTime: 0,
    git: { branch: `asterite-${nodeVersion}`, commit: nodeCommit, commitTime: 0 },
    jvm: `Node.js ${process.versions.node}`,
    lavaplayer: `Asterite ${nodeVersion}`,
    sourceManagers: enabledSources,
    filters,
    plugins: [],
    // Clients use the additions of NodeLink where this is true.
    ...(isNodelink && { isNodelink }),
  };
  const refusePlanner = (): never => {
    throw new HttpError(400, "Can't access disabled route planner");
  };
  return [
    { method: "GET", path: "/version", handle: () => ({ status: 200, text: lavalinkVersion.semver }) },
    { method: "GET", path: "/v4/info", handle: () => ({ status: 200, body: info }) },
    {
      method: "GET",
      path: "/v4/stats",
      handle: () => ({ status: 200, body: statistics.lavalink4Stats([]) }),
    },
    { method: "GET", path: "/v4/routeplanner/status", handle: () => ({ status: 204 }) },
    { method: "POST", path: "/v4/routeplanner/free/address", handle: refusePlanner },
    { method: "POST", path: "/v4/routeplanner/free/all", handle: refusePlanner },
  ];
}
