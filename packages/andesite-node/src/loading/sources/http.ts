import { TrackError } from "@asterite/audio/media";
import type { Track } from "@asterite/lavaplayer-track";
import { HttpStatusError } from "../../bytes/http-errors.ts";
import type { MediaLocation } from "../../bytes/media-location.ts";
import { isProbedAs } from "../containers.ts";
import type { Loaded } from "../loader.ts";
import type { MediaLoader } from "../media-loader.ts";
import { webPlace } from "../media-source.ts";
import type { Source } from "./track-source.ts";

/** Files, playlists and stations at addresses of the web. */
export class HttpTracks implements Source {
  readonly name = "http";
  readonly #media: MediaLoader;

  constructor(media: MediaLoader) {
    this.#media = media;
  }

  async load(identifier: string, signal: AbortSignal): Promise<Loaded | null> {
    const place = webPlace(identifier);
    if (place === null) return null;
    try {
      return await this.#media.load(place, signal);
    } catch (error) {
      if (error instanceof HttpStatusError && error.status === 404) return { loadType: "NO_MATCHES" };
      throw error;
    }
  }

  owns(track: Track): boolean {
    return isProbedAs(track, "http");
  }

  locate(track: Track): Promise<MediaLocation> {
    const place = webPlace(track.info.identifier);
    return place
      ? Promise.resolve(place.location)
      : Promise.reject(new TrackError("The track has no address of the web.", "COMMON"));
  }
}
