import { routes } from "@asterite/andesite-protocol";
import { type DocumentedRoute, openApiDocument } from "../openapi/document.ts";
import type { Statistics } from "../stats/statistics.ts";
import type { OpenRoute } from "./route.ts";

/** The routes about the node itself. */
export function nodeRoutes(statistics: Statistics): OpenRoute[] {
  return [
    {
      definition: routes.stats,
      notes: { id: "stats", summary: "Tells how the node is doing", tag: "node", answer: "Stats" },
      handle: () => ({ status: 200, body: statistics.full() }),
    },
    {
      definition: routes.lavalinkStats,
      notes: {
        id: "lavalinkStats",
        summary: "Tells how the node is doing, in the form of Lavalink 3",
        tag: "node",
        answer: "LavalinkStats",
      },
      handle: () => ({ status: 200, body: statistics.lavalink() }),
    },
  ];
}

/** The route that describes all others, and itself. */
export function openApiRoute(described: readonly DocumentedRoute[]): OpenRoute {
  const route: OpenRoute = {
    definition: routes.openApi,
    notes: { id: "openApi", summary: "Describes the routes of the node", tag: "node", answer: "OpenApi" },
    handle: () => ({ status: 200, body: document() }),
  };
  let made: object | null = null;
  // Few ask for it, and it takes a moment to make.
  const document = (): object => {
    made ??= openApiDocument([...described, route]);
    return made;
  };
  return route;
}
