import type { Severity } from "@asterite/andesite-protocol";
import type { Artwork, MediaFacts } from "@asterite/audio/media";
import type { ByteSettings } from "../../bytes/byte-settings.ts";
import type { MediaLocation } from "../../bytes/media-location.ts";
import type { LoadingLimits } from "../limits.ts";
import type { Playlist } from "../playlists.ts";

/** What something that can be opened turned out to be. */
export type ProbeResult =
  | {
      readonly type: "media";
      readonly facts: MediaFacts;
      /** Whether it goes on without end. */
      readonly endless: boolean;
      /** Name of the station, where it is radio with one. */
      readonly station: string | null;
    }
  | ({ readonly type: "playlist" } & Playlist);

/** What can be asked about something, and what is answered. */
export interface ProbeOperations {
  readonly facts: ProbeResult;
  /** The first picture in a file; null where there is none. */
  readonly artwork: Artwork | null;
}

/** How the thread that looks into tracks is set up. */
export interface ProbeSettings {
  /** How they are opened and read. */
  readonly bytes: ByteSettings;
  readonly limits: Pick<LoadingLimits, "probeBytes" | "playlistBytes" | "playlistEntries" | "artworkBytes">;
}

/** To the thread: look into this, or give up what was asked for. */
export type ProbeRequest =
  | { readonly id: number; readonly location: MediaLocation; readonly operation: keyof ProbeOperations }
  | { readonly id: number; readonly cancel: true };

/** A {@link TrackError} on its way between threads. */
export interface SerializedTrackError {
  readonly message: string;
  readonly severity: Severity;
  /** Status of the HTTP answer; null where that was not the reason. */
  readonly status: number | null;
}

/** From the thread; each location is answered once, given up or not. */
export type ProbeResponse =
  | { readonly id: number; readonly result: ProbeOperations[keyof ProbeOperations] }
  | { readonly id: number; readonly error: SerializedTrackError };
