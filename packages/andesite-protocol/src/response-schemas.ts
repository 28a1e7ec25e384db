import type * as v from "valibot";
import { simpleError, wireError } from "./errors.ts";
import { lavalinkStats } from "./lavalink-stats.ts";
import { mixerPlayer, player } from "./player.ts";
import { stats } from "./stats.ts";
import { decodedTracks, loadResult, trackInfo } from "./tracks.ts";

/**
 * Schemas of a node's HTTP responses, for generating documentation. They are the tolerant schemas of a
 * reader, so keys that nodes always send are optional.
 */
export const responseSchemas: { readonly [Name in ResponseName]: v.GenericSchema } =
  /* @__PURE__ */ Object.freeze({
    Player: player,
    MixerPlayer: mixerPlayer,
    Stats: stats,
    LavalinkStats: lavalinkStats,
    LoadResult: loadResult,
    TrackInfo: trackInfo,
    DecodedTracks: decodedTracks,
    Error: wireError,
    SimpleError: simpleError,
  });

/** Name of a schema in {@link responseSchemas}. */
export type ResponseName =
  | "Player"
  | "MixerPlayer"
  | "Stats"
  | "LavalinkStats"
  | "LoadResult"
  | "TrackInfo"
  | "DecodedTracks"
  | "Error"
  | "SimpleError";
