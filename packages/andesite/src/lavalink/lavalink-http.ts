import { rawPrefix, routes } from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import type { RequestOptions } from "../http/abstract-http.ts";
import { HTTP } from "../http/http.ts";
import { toLoadResult, toStats, toTrack } from "./responses.ts";

/** Prefix of searches and of other sources that a text may address; addresses of the web have none. */
const sourcePrefix = /^(?!https?:\/\/)[a-z][\w+.-]*(?:\[[^\]]*\])?:/i;

/**
 * HTTP client of one Lavalink 4 node, with the arguments and methods of {@link HTTP}. Requests of Andesite's
 * routes for statistics, loading and decoding are sent to Lavalink's, and their responses have Andesite's form.
 * All other requests are sent unchanged, such as `request("GET", "v4/info")`.
 *
 * Results of loading always have artwork and ISRC. {@link HTTP.loadTracksSafe} sends no text with a prefix of
 * any source: it matches nothing. Extensions of Asterite's nodes reject with an `HTTPError` of status 404.
 */
export class LavalinkHTTP extends HTTP {
  override async request(method: string, path: string, options?: RequestOptions | null): Promise<unknown> {
    const send = (to: string, content?: RequestOptions) =>
      super.request(method, to, { ...options, ...content });
    switch (`${method} ${path}`) {
      case nameOf(routes.stats):
        return toStats(await send("v4/stats"));
      case nameOf(routes.loadTracks): {
        const { identifier = "", ...params } = options?.params ?? {};
        const isRaw = identifier.startsWith(rawPrefix);
        const text = isRaw ? identifier.slice(rawPrefix.length) : identifier;
        // Lavalink has no prefix that disables the others.
        if (isRaw && sourcePrefix.test(text) && !this.closed) return toLoadResult({ loadType: "empty" });
        return toLoadResult(await send("v4/loadtracks", { params: { ...params, identifier: text } }));
      }
      case nameOf(routes.decodeTrack): {
        const { track = "" } = isRecord(options?.json) ? options.json : {};
        const content = { params: { encodedTrack: String(track) }, json: undefined };
        return toTrack(await super.request("GET", "v4/decodetrack", { ...options, ...content }));
      }
      case nameOf(routes.decodeTracks): {
        const tracks = await send("v4/decodetracks");
        return Array.isArray(tracks) ? tracks.map(toTrack) : tracks;
      }
      default:
        return await send(path);
    }
  }
}

const nameOf = ({ method, path }: { readonly method: string; readonly path: string }) => `${method} ${path}`;
