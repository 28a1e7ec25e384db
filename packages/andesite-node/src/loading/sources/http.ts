import { TrackError } from "@asterite/audio/media";
import type { Track } from "@asterite/lavaplayer-track";
import { HttpStatusError } from "../../bytes/http-errors.ts";
import type { MediaLocation } from "../../bytes/media-location.ts";
import { isHlsTrack, isPlayableTrackOf } from "../containers.ts";
import type { Loaded } from "../loader.ts";
import type { MediaLoader } from "../media-loader.ts";
import { httpMediaSource } from "../media-source.ts";
import type { TrackSource } from "./track-source.ts";

/** Source of files, playlists and radio stations at HTTP addresses. */
export class HttpTrackSource implements TrackSource {
  readonly name = "http";
  readonly searches = false;
  readonly #media: MediaLoader;

  constructor(media: MediaLoader) {
    this.#media = media;
  }

  async load(identifier: string, signal: AbortSignal): Promise<Loaded | null> {
    const source = httpMediaSource(identifier);
    if (source === null) return null;
    try {
      return await this.#media.load(source, signal);
    } catch (error) {
      if (error instanceof HttpStatusError && error.status === 404) return { loadType: "NO_MATCHES" };
      throw error;
    }
  }

  owns(track: Track): boolean {
    return isPlayableTrackOf(track, "http");
  }

  locate(track: Track): Promise<MediaLocation> {
    const source = httpMediaSource(track.info.identifier);
    const isHls = isHlsTrack(track);
    return source
      ? Promise.resolve({ ...source.location, ...(isHls && { isHls }) })
      : Promise.reject(new TrackError("The track has no HTTP or HTTPS address.", "COMMON"));
  }
}
