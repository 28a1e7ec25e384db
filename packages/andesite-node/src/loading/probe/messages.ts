import type { Severity } from "@asterite/andesite-protocol";
import type { Artwork, MediaFacts } from "@asterite/audio/media";
import type { ByteSettings } from "../../bytes/byte-settings.ts";
import type { MediaLocation } from "../../bytes/media-location.ts";
import type { CuePart } from "../cue-sheet.ts";
import type { LoadingLimits } from "../limits.ts";
import type { Playlist } from "../playlists.ts";

/** Properties of a track or a stream. */
export interface ProbedMedia {
  readonly type: "media";
  readonly facts: MediaFacts;
  /** Whether the stream has no known end. */
  readonly endless: boolean;
  /** Name of the radio station; null if there is none. */
  readonly station: string | null;
  /** Tracks into which a cue sheet in the tags divides the file; none without a sheet. */
  readonly parts: readonly CuePart[];
}

/** Result of probing a file or an address. */
export type ProbeResult = ProbedMedia | ({ readonly type: "playlist" } & Playlist);

/** Operations of the probe thread, with the types of their results. */
export interface ProbeOperations {
  readonly facts: ProbeResult;
  /** First embedded picture; null if there is none. */
  readonly artwork: Artwork | null;
}

/** Settings of the probe thread. */
export interface ProbeSettings {
  /** Settings for opening and reading bytes. */
  readonly bytes: ByteSettings;
  readonly limits: Pick<LoadingLimits, "probeBytes" | "playlistBytes" | "playlistEntries" | "artworkBytes">;
}

/** Message to the probe thread: starts an operation, or cancels it. */
export type ProbeRequest =
  | { readonly id: number; readonly location: MediaLocation; readonly operation: keyof ProbeOperations }
  | { readonly id: number; readonly cancel: true };

/** A {@link TrackError} as plain data. */
export interface SerializedTrackError {
  readonly message: string;
  readonly severity: Severity;
  /** HTTP status if the error is an HttpStatusError; null otherwise. */
  readonly status: number | null;
}

/** Message from the probe thread: exactly one for each operation, cancelled or not. */
export type ProbeResponse =
  | { readonly id: number; readonly result: ProbeOperations[keyof ProbeOperations] }
  | { readonly id: number; readonly error: SerializedTrackError };
