import { unknownArtist } from "@asterite/andesite-protocol";
import { TrackError } from "@asterite/audio/media";
import { Track, unknownLengthMs } from "@asterite/lavaplayer-track";
import type { MediaLocation } from "../../bytes/media-location.ts";
import type { LoadingLimits } from "../limits.ts";
import type { Loaded, LoadedTrack } from "../loader.ts";
import { tidy, unknownTitle } from "../make-track.ts";
import { type Findings, type Item, readFindings, readMedia } from "../yt-dlp/output.ts";
import type { Site, SiteQuery } from "../yt-dlp/sites.ts";
import type { YtDlp } from "../yt-dlp/yt-dlp.ts";
import type { Source } from "./track-source.ts";

/** What is best for us to play: Opus, which needs no decoding, then what else is a plain file. */
const formats =
  "--format=bestaudio[acodec=opus][protocol^=http]/bestaudio[protocol^=http]/best[protocol^=http]/bestaudio/best";

/** Tracks of a site that the program yt-dlp knows its way around. */
export class ExternalTracks implements Source {
  readonly #site: Site;
  readonly #ytDlp: YtDlp | null;
  readonly #limits: LoadingLimits;

  /** @param ytDlp - Null where the node is not configured to run it. */
  constructor(site: Site, ytDlp: YtDlp | null, limits: LoadingLimits) {
    this.#site = site;
    this.#ytDlp = ytDlp;
    this.#limits = limits;
  }

  get name(): string {
    return this.#site.name;
  }

  async load(identifier: string, signal: AbortSignal): Promise<Loaded | null> {
    const query = this.#site.query(identifier, this.#limits.searchResults);
    if (query === null) return null;
    if (query.search === "" || query.count === 0) return { loadType: "NO_MATCHES" };
    const count = query.count ?? this.#limits.playlistEntries;
    const output = await this.#program().run(
      ["--flat-playlist", `--playlist-start=${query.offset + 1}`, `--playlist-end=${query.offset + count}`],
      query.target,
      signal,
    );
    return this.#toLoaded(query, readFindings(output, count));
  }

  owns(track: Track): boolean {
    return track.source.name === this.name;
  }

  async locate(track: Track, signal: AbortSignal): Promise<MediaLocation> {
    const { identifier, uri } = track.info;
    // A client can write what it likes into a track, so only pages of the site are asked for.
    const page = this.#site.pageOf(identifier) ?? this.#site.pageOf(uri ?? "");
    if (page === null) throw new TrackError(`The track is not one of ${this.#site.title}.`, "COMMON");
    return readMedia(await this.#program().run(["--no-playlist", formats], page, signal));
  }

  #program(): YtDlp {
    if (this.#ytDlp) return this.#ytDlp;
    throw new TrackError(
      `${this.#site.title} needs the program yt-dlp, which this node is not configured to run (option ytDlp).`,
      "COMMON",
    );
  }

  #toLoaded(query: SiteQuery, { isList, name, items }: Findings): Loaded {
    const tracks = items.flatMap((item) => this.#toTrack(item) ?? []);
    const [first] = tracks;
    if (!first) return { loadType: "NO_MATCHES" };
    if (query.search !== null) {
      return {
        loadType: "SEARCH_RESULT",
        name: `Search results for: ${tidy(query.search) ?? ""}`,
        selectedTrack: null,
        tracks,
      };
    }
    if (!isList) return { loadType: "TRACK_LOADED", tracks: [first] };
    const wanted = URL.parse(query.target)?.searchParams.get("v");
    const selected = tracks.findIndex(({ track }) => track.info.identifier === wanted);
    return {
      loadType: "PLAYLIST_LOADED",
      name: tidy(name) ?? this.#site.title,
      selectedTrack: selected >= 0 ? selected : null,
      tracks,
    };
  }

  #toTrack(item: Item): LoadedTrack | null {
    const page = item.page ?? this.#site.pageOf(item.id) ?? "";
    const identifier = this.#site.identify({ id: item.id, page });
    if (identifier === null) return null;
    const track = new Track({
      info: {
        title: tidy(item.title) ?? unknownTitle,
        author: tidy(item.author) ?? unknownArtist,
        lengthMs: item.durationMs ?? unknownLengthMs,
        identifier,
        isStream: item.isStream || item.durationMs === null,
        uri: this.#site.pageOf(identifier),
        artworkUrl: tidy(item.artworkUrl),
      },
      source: this.name,
    });
    return { track, extras: { album: tidy(item.album), lyrics: null, hasPicture: false } };
  }
}
