import { errorMessages, QueryParameter, routes } from "@asterite/andesite-protocol";
import { type Track, TrackFormatError } from "@asterite/lavaplayer-track";
import { OperationError } from "../../errors.ts";
import type { Loader } from "../../loading/loader.ts";
import { decodePlayable } from "../../loading/playable-track.ts";
import { requestedDialect } from "../sessions/dialect.ts";
import type { TrackJson, TrackSerializer } from "../track-serializer.ts";
import { parseJson, parseObject } from "./body.ts";
import type { HandlerContext } from "./handler-context.ts";
import { HttpError } from "./http-error.ts";
import type { HttpResponse } from "./http-response.ts";
import { lavalink3Fields, toLavalink3Track } from "./lavalink3-form.ts";
import type { Route } from "./route.ts";

const exampleTrack =
  "QAAARQIABkEgc29uZwAIU29tZWJvZHkAAAAAAAMNQAAIc29uZy5tcDMAAQAIc29uZy5tcDMABWxvY2FsAANtcDMAAAAAAAAAAA==";

/**
 * Returns the routes that load and decode tracks.
 *
 * @param isLavalink3 - Whether requests that name no dialect get the additional fields of Lavalink 3.
 */
export function trackRoutes(loader: Loader, serializer: TrackSerializer, isLavalink3: boolean): Route[] {
  const isLavalink = ({ headers, query }: Pick<HandlerContext, "headers" | "query">): boolean =>
    isLavalink3 || requestedDialect(headers, query) === "lavalink";
  const trackResponse = (text: string, context: HandlerContext): HttpResponse => {
    const track = decodePlayable(text, loader);
    if (track === null) throw new HttpError(400, errorMessages.undecodableTrack);
    if (!isLavalink(context)) return { status: 200, body: serializer.serializeTrack(track) };
    const json = toLavalink3Track(serializer, track);
    // Lavalink 3 answers with the fields of the info alone.
    return { status: 200, body: { ...json.info, ...json } };
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
            description: "With any value: also returns the fields that only Lavalink 3 has",
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
        const isExtended = query.has(QueryParameter.EXTENDED);
        const body = serializer.serializeLoadResult(loaded, isExtended);
        if (!isLavalink({ headers, query })) return { status: 200, body };
        return { status: 200, body: { ...body, ...lavalink3Fields(serializer, loaded, isExtended) } };
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
      handle(context) {
        const track = context.query.get("track");
        if (track === undefined) throw new HttpError(400, errorMessages.missingTrackParam);
        return trackResponse(track, context);
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
      handle(context) {
        const { track } = parseObject(context.body);
        if (track === undefined || track === null) {
          throw new HttpError(400, errorMessages.missingTrackField);
        }
        if (typeof track !== "string") throw new OperationError("track", "a text");
        return trackResponse(track, context);
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
      handle(context) {
        const texts = parseJson(context.body);
        if (!Array.isArray(texts)) throw new HttpError(400, errorMessages.bodyNotArray);
        const serialize = (track: Track): TrackJson =>
          isLavalink(context) ? toLavalink3Track(serializer, track) : serializer.serializeTrack(track);
        return { status: 200, body: texts.map((text, index) => decodeEntry(text, index, serialize)) };
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

  function decodeEntry(text: unknown, index: number, serialize: (track: Track) => TrackJson): unknown {
    if (typeof text !== "string") throw new HttpError(400, `Track ${index} is not a text`);
    const track = decodeAt(index, text);
    return track === null ? { error: errorMessages.undecodableTrack } : serialize(track);
  }
}
