import { unknownArtist } from "@asterite/andesite-protocol";
import { TrackError } from "@asterite/audio/media";
import { Track, unknownLengthMs } from "@asterite/lavaplayer-track";
import type { MediaLocation } from "../../bytes/media-location.ts";
import { cleanText, unknownTitle } from "../clean-text.ts";
import type { LoadingLimits } from "../limits.ts";
import type { Loaded, LoadedTrack } from "../loader.ts";
import { parseMediaLocation, parseResult, type YtDlpItem, type YtDlpResult } from "../yt-dlp/output.ts";
import type { Site, SiteQuery } from "../yt-dlp/sites.ts";
import type { YtDlp } from "../yt-dlp/yt-dlp.ts";
import type { TrackSource } from "./track-source.ts";

/**
 * Format selection of yt-dlp: Opus, which needs no decoding, then other plain files, then HLS, of which pictures are
 * loaded as well if it has no audio of its own.
 */
const formats =
  "--format=bestaudio[acodec=opus][protocol^=http]/bestaudio[protocol^=http]/best[protocol^=http]/bestaudio/worst[acodec!=none]/best";

/** Source of the tracks of a site that yt-dlp supports. */
export class YtDlpSource implements TrackSource {
  readonly searches = true;
  readonly #site: Site;
  readonly #ytDlp: YtDlp | null;
  readonly #limits: LoadingLimits;

  /** @param ytDlp - Null if the node is not configured to run yt-dlp. */
  constructor(site: Site, ytDlp: YtDlp | null, limits: LoadingLimits) {
    this.#site = site;
    this.#ytDlp = ytDlp;
    this.#limits = limits;
  }

  get name(): string {
    return this.#site.name;
  }

  async load(identifier: string, signal: AbortSignal): Promise<Loaded | null> {
    const query = this.#site.toQuery(identifier, this.#limits.searchResults);
    if (query === null) return null;
    if (query.search === "" || query.count === 0) return { loadType: "NO_MATCHES" };
    const count = query.count ?? this.#limits.playlistEntries;
    const output = await (await this.#requireYtDlp()).run(
      ["--flat-playlist", `--playlist-start=${query.offset + 1}`, `--playlist-end=${query.offset + count}`],
      query.target,
      signal,
    );
    return this.#toLoaded(query, parseResult(output, count));
  }

  owns(track: Track): boolean {
    return track.source.name === this.name;
  }

  async locate(track: Track, signal: AbortSignal): Promise<MediaLocation> {
    const { identifier, uri } = track.info;
    // Clients can forge tracks, so only pages of the site are passed to yt-dlp.
    const page = this.#site.pageUrlOf(identifier) ?? this.#site.pageUrlOf(uri ?? "");
    if (page === null) throw new TrackError(`The track does not belong to ${this.#site.title}.`, "COMMON");
    return parseMediaLocation(
      await (await this.#requireYtDlp()).run(["--no-playlist", formats], page, signal),
    );
  }

  async #requireYtDlp(): Promise<YtDlp> {
    const ytDlp = this.#ytDlp;
    if (ytDlp && (await ytDlp.findProgram()) !== null) return ytDlp;
    const problem = ytDlp
      ? "was not found on this node: install it, or set its path"
      : "this node is not configured to run";
    throw new TrackError(
      `${this.#site.title} requires the program yt-dlp, which ${problem} (option ytDlp).`,
      "COMMON",
    );
  }

  #toLoaded(query: SiteQuery, { isList, name, items, omitted }: YtDlpResult): Loaded {
    const tracks = items.flatMap((item) => this.#toTrack(item) ?? []);
    const [first] = tracks;
    if (!first) return { loadType: "NO_MATCHES" };
    if (query.search !== null) {
      return {
        loadType: "SEARCH_RESULT",
        name: `Search results for: ${cleanText(query.search) ?? ""}`,
        selectedTrack: null,
        tracks,
      };
    }
    if (!isList) return { loadType: "TRACK_LOADED", tracks: [first] };
    const selectedId = URL.parse(query.target)?.searchParams.get("v");
    const selected = tracks.findIndex(({ track }) => track.info.identifier === selectedId);
    return {
      loadType: "PLAYLIST_LOADED",
      name: cleanText(name) ?? this.#site.title,
      selectedTrack: selected >= 0 ? selected : null,
      tracks,
      omitted,
    };
  }

  #toTrack(item: YtDlpItem): LoadedTrack | null {
    const page = item.pageUrl ?? this.#site.pageUrlOf(item.id) ?? "";
    const identifier = this.#site.identifierOf({ id: item.id, page });
    if (identifier === null) return null;
    const track = new Track({
      info: {
        title: cleanText(item.title) ?? unknownTitle,
        author: cleanText(item.author) ?? unknownArtist,
        lengthMs: item.durationMs ?? unknownLengthMs,
        identifier,
        isStream: item.isStream || item.durationMs === null,
        uri: this.#site.pageUrlOf(identifier),
        artworkUrl: cleanText(item.artworkUrl),
      },
      source: this.name,
    });
    return { track, extras: { album: cleanText(item.album), lyrics: null, hasPicture: false } };
  }
}
