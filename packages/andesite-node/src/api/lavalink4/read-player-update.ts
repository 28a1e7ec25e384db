import { type LavalinkFilters, parseSnowflake, readLavalinkFilters } from "@asterite/andesite-protocol";
import type { JsonObject } from "../../engine/remote-deck.ts";
import { OperationError } from "../../errors.ts";
import { isEndpoint } from "../../players/player-map.ts";
import { HttpError } from "../http/http-error.ts";
import {
  readBoolean,
  readInt32,
  readInteger,
  readNullableString,
  readObject,
  readOptional,
  readString,
  readUserData,
} from "./read-fields.ts";

/** Voice server of a player update. */
export interface VoiceUpdate {
  readonly token: string;
  readonly endpoint: string;
  readonly sessionId: string;
  /** Null if the client did not send it. */
  readonly channelId: string | null;
}

/** Track of a player update: encoded, to be loaded, or null to stop. */
export type RequestedTrack =
  | { readonly type: "encoded"; readonly encoded: string }
  | { readonly type: "identifier"; readonly identifier: string }
  | null;

/** A player update (section 4 of the Lavalink protocol). Absent fields are undefined. */
export interface PlayerUpdate {
  readonly track: RequestedTrack | undefined;
  readonly userData: JsonObject | undefined;
  readonly positionMs: number | undefined;
  readonly endMs: number | null | undefined;
  readonly volume: number | undefined;
  readonly paused: boolean | undefined;
  readonly filters: LavalinkFilters | undefined;
  readonly voice: VoiceUpdate | undefined;
}

/** Message about a voice state that is not whole. */
export const incompleteVoice = "token, endpoint, sessionId and channelId must be provided in voice state";

/**
 * Reads the body of a player update.
 *
 * @throws OperationError naming the field; HttpError 400 for a combination of fields that is not allowed.
 */
export function readPlayerUpdate(value: unknown): PlayerUpdate {
  const body = readObject(value, "");
  return {
    ...readTrack(body),
    positionMs: readOptional(body, "position", readInteger),
    endMs: readEnd(body),
    volume: readOptional(body, "volume", readInt32),
    paused: readOptional(body, "paused", readBoolean),
    filters: readOptional(body, "filters", readFilters),
    voice: readOptional(body, "voice", readVoice),
  };
}

function readTrack(body: JsonObject): Pick<PlayerUpdate, "track" | "userData"> {
  const isNew = body["track"] !== undefined;
  const given = isNew ? readObject(body["track"], "track") : {};
  const deprecated = { encoded: body["encodedTrack"], identifier: body["identifier"] };
  if (isNew && (deprecated.encoded !== undefined || deprecated.identifier !== undefined)) {
    throw new HttpError(400, "Cannot specify both track and encodedTrack/identifier");
  }
  const fields = isNew ? given : deprecated;
  const names = isNew
    ? { encoded: "track.encoded", identifier: "track.identifier" }
    : { encoded: "encodedTrack", identifier: "identifier" };
  const encoded =
    fields["encoded"] === undefined ? undefined : readNullableString(fields["encoded"], names.encoded);
  const identifier =
    fields["identifier"] === undefined ? undefined : readString(fields["identifier"], names.identifier);
  const userData = readOptional(given, "userData", readUserData, "track.");
  if (encoded !== undefined && identifier !== undefined) {
    throw new HttpError(400, "Cannot specify both encodedTrack and identifier");
  }
  if (identifier !== undefined) return { track: { type: "identifier", identifier }, userData };
  if (encoded === undefined) return { track: undefined, userData };
  return { track: encoded === null ? null : { type: "encoded", encoded }, userData };
}

function readEnd(body: JsonObject): number | null | undefined {
  const { endTime } = body;
  if (endTime === undefined || endTime === null) return endTime;
  const endMs = readInteger(endTime, "endTime");
  if (endMs <= 0) throw new HttpError(400, "End time must be greater than 0");
  return endMs;
}

function readFilters(value: unknown): LavalinkFilters {
  const { filters, problem } = readLavalinkFilters(value);
  if (problem)
    throw new OperationError(["filters", problem.field].filter(Boolean).join("."), problem.expected);
  return filters;
}

function readVoice(value: unknown): VoiceUpdate {
  const given = readObject(value, "voice");
  const read = (name: string): string => readString(given[name], `voice.${name}`);
  const [token, endpoint, sessionId] = [read("token"), read("endpoint"), read("sessionId")];
  const channelId = readOptional(given, "channelId", readNullableString, "voice.");
  // A channel id that is left out is allowed: not every call needs it.
  const parts = [token, endpoint, sessionId, ...(channelId === undefined ? [] : [channelId ?? ""])];
  if (parts.some((text) => text.trim() === "")) throw new HttpError(400, incompleteVoice);
  if (!isEndpoint(endpoint))
    throw new OperationError("voice.endpoint", "a host name, with or without a port");
  if (channelId === undefined || channelId === null) return { token, endpoint, sessionId, channelId: null };
  const channel = parseSnowflake(channelId);
  if (channel === null) throw new OperationError("voice.channelId", "the id of a channel");
  return { token, endpoint, sessionId, channelId: channel };
}
