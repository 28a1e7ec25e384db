import { errorMessages, QueryParameter, routes } from "@asterite/andesite-protocol";
import { OperationError } from "../../errors.ts";
import type { Loaded, Loader } from "../../loading/loader.ts";
import { decodePlayable } from "../../loading/playable-track.ts";
import { wantedDialect } from "../sessions/dialect.ts";
import type { TrackForms } from "../track-serializer.ts";
import { parseJson, parseObject } from "./body.ts";
import { RefusedRequest } from "./http-error.ts";
import type { Answer } from "./http-response.ts";
import type { OpenRoute } from "./route.ts";

const exampleTrack =
  "QAAARQIABkEgc29uZwAIU29tZWJvZHkAAAAAAAMNQAAIc29uZy5tcDMAAQAIc29uZy5tcDMABWxvY2FsAANtcDMAAAAAAAAAAA==";

/** What clients of Lavalink read about a failure in place of our cause and severity (section 16). */
function lavalinkException(loaded: Loaded): object {
  if (loaded.loadType !== "LOAD_FAILED") return {};
  const { message, severity } = loaded.error;
  return { exception: { message, severity } };
}

/** The routes that find and decode tracks. */
export function trackRoutes(loader: Loader, forms: TrackForms): OpenRoute[] {
  const answerTrack = (text: string): Answer => {
    const track = decodePlayable(text, loader);
    if (track === null) throw new RefusedRequest(400, errorMessages.undecodableTrack);
    return { status: 200, body: forms.info(track) };
  };

  return [
    {
      definition: routes.loadTracks,
      notes: {
        id: "loadTracks",
        summary: "Finds tracks: an address, a search such as `search:name`, or `raw:` with an identifier",
        tag: "tracks",
        parameters: {
          identifier: { description: "What to load", isRequired: true },
          [QueryParameter.EXTENDED]: {
            description: "With any value: tell more about each track than the original node does",
            isRequired: false,
          },
          [QueryParameter.LAVALINK]: {
            description: "With any value: tell failures in the form of Lavalink 3 too",
            isRequired: false,
          },
        },
        answer: "LoadResult",
        errors: [400],
      },
      async handle({ headers, query, signal }) {
        const identifier = query.get("identifier");
        if (identifier === null) throw new RefusedRequest(400, errorMessages.missingIdentifier);
        const loaded = await loader.load(identifier, signal);
        const body = forms.result(loaded, query.has(QueryParameter.EXTENDED));
        const isLavalink = wantedDialect(headers, query) === "lavalink";
        return { status: 200, body: isLavalink ? { ...body, ...lavalinkException(loaded) } : body };
      },
    },
    {
      definition: routes.decodeTrackQuery,
      notes: {
        id: "decodeTrackQuery",
        summary: "Tells what an encoded track stands for; a plus in it must be written as %2B",
        tag: "tracks",
        parameters: { track: { description: "Encoded track", isRequired: true } },
        answer: "TrackInfo",
        errors: [400],
      },
      handle({ query }) {
        const track = query.get("track");
        if (track === null) throw new RefusedRequest(400, errorMessages.missingTrackParam);
        return answerTrack(track);
      },
    },
    {
      definition: routes.decodeTrack,
      notes: {
        id: "decodeTrack",
        summary: "Tells what an encoded track stands for",
        tag: "tracks",
        body: "TrackQuery",
        example: { track: exampleTrack },
        answer: "TrackInfo",
        errors: [400],
      },
      handle({ body }) {
        const { track } = parseObject(body);
        if (track === undefined || track === null) {
          throw new RefusedRequest(400, errorMessages.missingTrackField);
        }
        if (typeof track !== "string") throw new OperationError("track", "a text");
        return answerTrack(track);
      },
    },
    {
      definition: routes.decodeTracks,
      notes: {
        id: "decodeTracks",
        summary: "Tells what encoded tracks stand for, in their order",
        tag: "tracks",
        body: "TrackList",
        example: [exampleTrack],
        answer: "DecodedTracks",
        errors: [400],
      },
      handle({ body }) {
        const texts = parseJson(body);
        if (!Array.isArray(texts)) throw new RefusedRequest(400, errorMessages.bodyNotArray);
        return { status: 200, body: texts.map(describe) };
      },
    },
  ];

  function describe(text: unknown, index: number): unknown {
    if (typeof text !== "string") throw new OperationError(String(index), "a text");
    const track = decodePlayable(text, loader);
    return track === null ? { error: errorMessages.undecodableTrack } : forms.info(track);
  }
}
