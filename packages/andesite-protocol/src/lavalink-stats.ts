import type { OutputOf } from "@asterite/util/schema";
import { count, lenient, object, orNull } from "./schema.ts";

/** Schema of statistics in the form of Lavalink 3. */
export const lavalinkStats = object({
  players: count,
  playingPlayers: count,
  uptime: count,
  memory: lenient({ free: count, used: count, allocated: count, reservable: count }),
  cpu: lenient({ cores: count, systemLoad: count, lavalinkLoad: count }),
  frameStats: orNull(object({ sent: count, nulled: count, deficit: count })),
});
/** Statistics in the form of Lavalink 3. */
export type LavalinkStats = OutputOf<typeof lavalinkStats>;
