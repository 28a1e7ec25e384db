import { routes } from "@asterite/andesite-protocol";
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
