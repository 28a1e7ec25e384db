import type { Track } from "@asterite/lavaplayer-track";
import { TrackFormatError } from "@asterite/lavaplayer-track";
import { withoutAutoSearch } from "../../loading/identifier.ts";
import type { Loader } from "../../loading/loader.ts";
import { decodePlayable } from "../../loading/playable-track.ts";
import { HttpError } from "../http/http-error.ts";
import { toLavalinkLoadResult } from "./lavalink-load-result.ts";
import { type LavalinkTrack, toLavalinkTrack } from "./lavalink-track.ts";
import type { RequestedTrack } from "./read-player-update.ts";
import type { Lavalink4Route } from "./route.ts";

/**
 * Decodes a track of a client.
 *
 * @param field - Name of the field, for the error.
 * @throws HttpError 400 for a text that is no encoded track, and for a track of a source that is not enabled.
 */
export function decodeLavalinkTrack(text: string, field: string, loader: Pick<Loader, "canPlay">): Track {
  let track: Track | null;
  try {
    track = decodePlayable(text, loader);
  } catch (error) {
    if (!(error instanceof TrackFormatError)) throw error;
    throw new HttpError(400, `${field} is not an encoded track: ${error.message}`);
  }
  if (!track) throw new HttpError(400, `${field} is a track of a source that is unknown or not enabled`);
  return track;
}

/**
 * Decodes or loads the track of a request; null if it asks for none.
 *
 * @throws HttpError 400 if there is no track, or more than one.
 */
export async function resolveTrack(
  requested: RequestedTrack,
  loader: Loader,
  signal: AbortSignal,
): Promise<Track | null> {
  if (requested === null) return null;
  if (requested.type === "encoded") return decodeLavalinkTrack(requested.encoded, "track.encoded", loader);
  const loaded = await loader.load(withoutAutoSearch(requested.identifier), signal);
  switch (loaded.loadType) {
    case "TRACK_LOADED":
      return loaded.tracks[0].track;
    case "NO_MATCHES":
      throw new HttpError(400, "No matches found for identifier");
    case "LOAD_FAILED":
      throw new HttpError(400, loaded.error.message);
    default:
      throw new HttpError(400, "Cannot play a playlist or search result");
  }
}

/** Returns the routes that load and decode tracks. */
export function trackRoutes(loader: Loader): Lavalink4Route[] {
  const decode = (encoded: string, field: string): LavalinkTrack =>
    toLavalinkTrack(decodeLavalinkTrack(encoded, field, loader), { encoded });
  return [
    {
      method: "GET",
      path: "/v4/loadtracks",
      async handle({ query, signal }) {
        const identifiers = query.getAll("identifier");
        if (identifiers.length === 0) {
          throw new HttpError(400, "Required parameter 'identifier' is not present.");
        }
        const loaded = await loader.load(withoutAutoSearch(identifiers.join(",")), signal);
        return { status: 200, body: toLavalinkLoadResult(loaded) };
      },
    },
    {
      method: "GET",
      path: "/v4/decodetrack",
      handle({ query }) {
        const field = query.has("encodedTrack") ? "encodedTrack" : "track";
        const text = query.get(field);
        if (text === undefined) throw new HttpError(400, "No track to decode provided");
        // A plus sign that the client did not escape reads as a space.
        return { status: 200, body: decode(text.replaceAll(" ", "+"), field) };
      },
    },
    {
      method: "POST",
      path: "/v4/decodetracks",
      hasBody: true,
      handle({ body }) {
        const texts = readTexts(body);
        if (texts.length === 0) throw new HttpError(400, "No tracks to decode provided");
        return { status: 200, body: texts.map((text, index) => decode(text, `Track ${index}`)) };
      },
    },
  ];
}

/** Reads an array of encoded tracks. Some clients send it encoded twice, as the text of an array. */
function readTexts(body: unknown): readonly string[] {
  const list = typeof body === "string" ? parseArray(body) : body;
  if (!Array.isArray(list)) throw new HttpError(400, "The body must be an array of encoded tracks");
  for (const [index, text] of list.entries()) {
    if (typeof text !== "string") throw new HttpError(400, `Track ${index} must be a string`);
  }
  return list;
}

function parseArray(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
