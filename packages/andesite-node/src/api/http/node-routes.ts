import { routes } from "@asterite/andesite-protocol";
import { type DocumentedRoute, openApiDocument } from "../openapi/document.ts";
import type { Statistics } from "../stats/statistics.ts";
import type { Route } from "./route.ts";

/** Returns the routes for the node's statistics. */
export function nodeRoutes(statistics: Statistics): Route[] {
  return [
    {
      definition: routes.stats,
      docs: { id: "stats", summary: "Returns statistics of the node", tag: "node", response: "Stats" },
      handle: () => ({ status: 200, body: statistics.andesiteStats() }),
    },
    {
      definition: routes.lavalinkStats,
      docs: {
        id: "lavalinkStats",
        summary: "Returns statistics of the node in the format of Lavalink 3",
        tag: "node",
        response: "LavalinkStats",
      },
      handle: () => ({ status: 200, body: statistics.lavalinkStats() }),
    },
    {
      definition: routes.plugins,
      docs: {
        id: "plugins",
        summary: "Returns the plug-ins in the format of Lavalink 3; there are none",
        tag: "node",
        response: "Plugins",
      },
      handle: () => ({ status: 200, body: [] }),
    },
  ];
}

/** Returns the route that serves the OpenAPI document of the given routes and itself. */
export function openApiRoute(documented: readonly DocumentedRoute[]): Route {
  const route: Route = {
    definition: routes.openApi,
    docs: { id: "openApi", summary: "Returns this OpenAPI document", tag: "node", response: "OpenApi" },
    handle: () => ({ status: 200, body: document() }),
  };
  let cached: object | undefined;
  // Created on the first request: it is rarely requested and slow to build.
  const document = (): object => {
    cached ??= openApiDocument([...documented, route]);
    return cached;
  };
  return route;
}
