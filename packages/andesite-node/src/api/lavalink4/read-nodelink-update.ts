import type { JsonObject } from "../../engine/remote-deck.ts";
import { OperationError } from "../../errors.ts";
import type { Loader } from "../../loading/loader.ts";
import type { PlayerChanges } from "../../players/players.ts";
import {
  readBoolean,
  readInteger,
  readNullableString,
  readObject,
  readOptional,
  readUserData,
} from "./read-fields.ts";
import { decodeLavalinkTrack } from "./track-routes.ts";

/** Changes that NodeLink adds to a player update. */
type NodelinkChanges = Pick<PlayerChanges, "next" | "crossfadeMs" | "normalize">;

const maxCrossfadeMs = 15_000;

/**
 * Reads what NodeLink adds to the body of a player update (section 12 of the Lavalink protocol).
 *
 * @throws OperationError, HttpError 400
 */
export function readNodelinkUpdate(body: unknown, loader: Pick<Loader, "canPlay">): NodelinkChanges {
  const fields = readObject(body, "");
  const crossfadeMs = fields["fading"] === null ? 0 : readOptional(fields, "fading", readFading);
  const normalize = readOptional(fields, "loudnessNormalizer", readBoolean);
  return {
    ...(fields["nextTrack"] !== undefined && { next: readNext(fields["nextTrack"], loader) }),
    ...(crossfadeMs !== undefined && { crossfadeMs }),
    ...(normalize !== undefined && { normalize }),
  };
}

function readNext(
  value: unknown,
  loader: Pick<Loader, "canPlay">,
): NonNullable<PlayerChanges["next"]> | null {
  if (value === null) return null;
  const given = readObject(value, "nextTrack");
  const encoded = readNullableString(given["encoded"], "nextTrack.encoded");
  const userData: JsonObject = readOptional(given, "userData", readUserData, "nextTrack.") ?? {};
  return encoded === null
    ? null
    : { track: decodeLavalinkTrack(encoded, "nextTrack.encoded", loader), userData };
}

/** Returns the length of the crossfade: the fade of a track that starts, or else that of one that ends. */
function readFading(value: unknown): number | undefined {
  const given = readObject(value, "fading");
  if (readOptional(given, "enabled", readBoolean, "fading.") === false) return 0;
  const readDuration = (fade: unknown, field: string): number | undefined =>
    fade === null ? 0 : readOptional(readObject(fade, field), "duration", readInteger, `${field}.`);
  const durationMs =
    readOptional(given, "trackStart", readDuration, "fading.") ??
    readOptional(given, "trackEnd", readDuration, "fading.");
  if (durationMs !== undefined && (durationMs < 0 || durationMs > maxCrossfadeMs)) {
    throw new OperationError("fading", `a duration from 0 to ${maxCrossfadeMs} ms`);
  }
  return durationMs;
}
