import { errorMessages, QueryParameter, routes } from "@asterite/andesite-protocol";
import { TrackFormatError } from "@asterite/lavaplayer-track";
import { OperationError } from "../../errors.ts";
import type { Loaded, Loader } from "../../loading/loader.ts";
import { decodePlayable } from "../../loading/playable-track.ts";
import { requestedDialect } from "../sessions/dialect.ts";
import type { TrackSerializer } from "../track-serializer.ts";
import { parseJson, parseObject } from "./body.ts";
import { HttpError } from "./http-error.ts";
import type { HttpResponse } from "./http-response.ts";
import type { Route } from "./route.ts";

const exampleTrack =
  "QAAARQIABkEgc29uZwAIU29tZWJvZHkAAAAAAAMNQAAIc29uZy5tcDMAAQAIc29uZy5tcDMABWxvY2FsAANtcDMAAAAAAAAAAA==";

/** Returns the failure in Lavalink's format (section 16), which replaces `cause` and `severity` there. */
function lavalinkException(loaded: Loaded): object {
  if (loaded.loadType !== "LOAD_FAILED") return {};
  const { message, severity } = loaded.error;
  return { exception: { message, severity } };
}

/** Returns the routes that load and decode tracks. */
export function trackRoutes(loader: Loader, serializer: TrackSerializer): Route[] {
  const trackResponse = (text: string): HttpResponse => {
    const track = decodePlayable(text, loader);
    if (track === null) throw new HttpError(400, errorMessages.undecodableTrack);
    return { status: 200, body: serializer.serializeTrack(track) };
  };

  return [
    {
      definition: routes.loadTracks,
      docs: {
        id: "loadTracks",
        summary: "Loads tracks: a URL, a search such as `search:name`, or `raw:` with an identifier",
        tag: "tracks",
        parameters: {
          identifier: { description: "Identifier to load", isRequired: true },
          [QueryParameter.EXTENDED]: {
            description: "With any value: returns more metadata of each track than the original node does",
            isRequired: false,
          },
          [QueryParameter.LAVALINK]: {
            description: "With any value: also returns failures in the format of Lavalink 3",
            isRequired: false,
          },
        },
        response: "LoadResult",
        errors: [400],
      },
      async handle({ headers, query, signal }) {
        const identifier = query.get("identifier");
        if (identifier === undefined) throw new HttpError(400, errorMessages.missingIdentifier);
        const loaded = await loader.load(identifier, signal);
        const body = serializer.serializeLoadResult(loaded, query.has(QueryParameter.EXTENDED));
        const isLavalink = requestedDialect(headers, query) === "lavalink";
        return { status: 200, body: isLavalink ? { ...body, ...lavalinkException(loaded) } : body };
      },
    },
    {
      definition: routes.decodeTrackQuery,
      docs: {
        id: "decodeTrackQuery",
        summary: "Decodes a track; a plus sign in it must be encoded as %2B",
        tag: "tracks",
        parameters: { track: { description: "Encoded track", isRequired: true } },
        response: "TrackInfo",
        errors: [400],
      },
      handle({ query }) {
        const track = query.get("track");
        if (track === undefined) throw new HttpError(400, errorMessages.missingTrackParam);
        return trackResponse(track);
      },
    },
    {
      definition: routes.decodeTrack,
      docs: {
        id: "decodeTrack",
        summary: "Decodes a track",
        tag: "tracks",
        body: "TrackQuery",
        example: { track: exampleTrack },
        response: "TrackInfo",
        errors: [400],
      },
      handle({ body }) {
        const { track } = parseObject(body);
        if (track === undefined || track === null) {
          throw new HttpError(400, errorMessages.missingTrackField);
        }
        if (typeof track !== "string") throw new OperationError("track", "a text");
        return trackResponse(track);
      },
    },
    {
      definition: routes.decodeTracks,
      docs: {
        id: "decodeTracks",
        summary: "Decodes tracks, in the order of the request",
        tag: "tracks",
        body: "TrackList",
        example: [exampleTrack],
        response: "DecodedTracks",
        errors: [400],
      },
      handle({ body }) {
        const texts = parseJson(body);
        if (!Array.isArray(texts)) throw new HttpError(400, errorMessages.bodyNotArray);
        return { status: 200, body: texts.map(decodeEntry) };
      },
    },
  ];

  function decodeAt(index: number, text: string) {
    try {
      return decodePlayable(text, loader);
    } catch (error) {
      if (!(error instanceof TrackFormatError)) throw error;
      throw new HttpError(400, `Track ${index} is not an encoded track: ${error.message}`);
    }
  }

  function decodeEntry(text: unknown, index: number): unknown {
    if (typeof text !== "string") throw new HttpError(400, `Track ${index} is not a text`);
    const track = decodeAt(index, text);
    return track === null ? { error: errorMessages.undecodableTrack } : serializer.serializeTrack(track);
  }
}
