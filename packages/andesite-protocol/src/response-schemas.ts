import { simpleError, wireError } from "./errors.ts";
import { lavalinkStats } from "./lavalink-stats.ts";
import { type OperationName, operations } from "./operations.ts";
import { mixerPlayer, player } from "./player.ts";
import { type Described, type JsonSchema, object } from "./schema.ts";
import { stats } from "./stats.ts";
import { decodedTracks, loadResult, trackInfo } from "./tracks.ts";

/**
 * Schemas of a node's HTTP responses, for generating documentation. They are the tolerant schemas of a
 * reader, so keys that nodes always send are optional.
 */
export const responseSchemas: { readonly [Name in ResponseName]: Described<unknown, unknown> } =
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

/** Returns the JSON Schema of the fields of an operation. */
export const operationJsonSchema = (name: OperationName): JsonSchema => object(operations[name].fields).json;

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
