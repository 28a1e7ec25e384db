import {
  fromMilli,
  LoadType,
  readLoadResult,
  readTrackInfo,
  unknownArtist,
  type WireLoadResult,
  type WirePlaylistInfo,
  type WireTrackInfo,
  type WireTrackMetadata,
} from "@asterite/andesite-protocol";
import { requireValid } from "../errors.ts";
import { AndesiteError } from "./errors.ts";

/** The author that a track without one gets. */
export const UNKNOWN_ARTIST = unknownArtist;

/** Whether loading did not fail; finding nothing is no failure. */
export const isSuccess = (loadType: string): boolean => loadType !== LoadType.LOAD_FAILED;

/** A playlist's name and which of its tracks was asked for. */
export class PlaylistInfo {
  /** Name of the playlist. */
  readonly name: string;
  /** Index into the tracks; null when none was. */
  readonly selectedTrack: number | null;

  constructor(wire: WirePlaylistInfo) {
    this.name = wire.name;
    this.selectedTrack = wire.selectedTrack;
  }

  /** The name, with the index of the selected track. */
  toString(): string {
    return this.selectedTrack === null ? this.name : `${this.name}[${this.selectedTrack}]`;
  }
}

/** What is known about a track. */
export class TrackMetadata {
  /** Java class of the track, opaque. */
  readonly className: string;
  /** Title, as the source gives it. */
  readonly title: string;
  /** Artist or channel; {@link UNKNOWN_ARTIST} where the source has none. */
  readonly author: string;
  /** Seconds; null for streams and where it is unknown. */
  readonly length: number | null;
  /** What the source finds the track by. */
  readonly identifier: string;
  /** Address for people, where the source has one. */
  readonly uri: string | null;
  /** Whether it goes on without end. */
  readonly isStream: boolean;
  /** Whether `seek` has an effect. */
  readonly isSeekable: boolean;
  /** Seconds, from the encoded track. */
  readonly position: number;
  /**
   * Address of a picture; where it begins with a slash, a path on the node that was asked, which ends with the node's
   * process. This and what follows is null unless `loadTracks` was asked for more.
   */
  readonly artworkUrl: string | null;
  /** International Standard Recording Code. */
  readonly isrc: string | null;
  /** Album, from the tags of the file. */
  readonly album: string | null;
  /** Words of the song, from the tags of the file. */
  readonly lyrics: string | null;

  constructor(wire: WireTrackMetadata) {
    this.className = wire.class;
    this.title = wire.title;
    this.author = wire.author;
    this.length = wire.isStream ? null : fromMilli(wire.length);
    this.identifier = wire.identifier;
    this.uri = wire.uri;
    this.isStream = wire.isStream;
    this.isSeekable = wire.isSeekable;
    this.position = fromMilli(wire.position);
    this.artworkUrl = wire.artworkUrl ?? null;
    this.isrc = wire.isrc ?? null;
    this.album = wire.album ?? null;
    this.lyrics = wire.lyrics ?? null;
  }

  /** Whether the source has no author. */
  get authorUnknown(): boolean {
    return this.author === UNKNOWN_ARTIST;
  }

  /** Author and title. */
  toString(): string {
    return `${this.author} - ${this.title}`;
  }
}

/** An encoded track with what is known about it. */
export class TrackInfo {
  /** Base64, to be given to `play`. */
  readonly track: string;
  /** What is known about it. */
  readonly info: TrackMetadata;

  protected constructor(wire: WireTrackInfo) {
    this.track = wire.track;
    this.info = new TrackMetadata(wire.info);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): TrackInfo {
    return TrackInfo.fromWire(requireValid("track", readTrackInfo(raw)));
  }

  /** From an answer that has been read already. */
  static fromWire(wire: WireTrackInfo): TrackInfo {
    return new TrackInfo(wire);
  }

  /** Author and title. */
  toString(): string {
    return String(this.info);
  }
}

/** The answer to a request for tracks. */
export class LoadedTrack {
  /** One of {@link LoadType}; newer nodes may send other texts. */
  readonly loadType: string;
  /** What was found; null where the node sends no list. */
  readonly tracks: readonly TrackInfo[] | null;
  /** The playlist that the tracks are from; null for anything else. */
  readonly playlistInfo: PlaylistInfo | null;
  /** Why loading failed; null unless it did. */
  readonly cause: AndesiteError | null;
  /** One of `Severity`; null unless loading failed. */
  readonly severity: string | null;

  protected constructor(wire: WireLoadResult) {
    this.loadType = wire.loadType;
    this.tracks = wire.tracks?.map((track) => TrackInfo.fromWire(track)) ?? null;
    this.playlistInfo = wire.playlistInfo && new PlaylistInfo(wire.playlistInfo);
    this.cause = wire.cause && AndesiteError.fromWire(wire.cause);
    this.severity = wire.severity;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): LoadedTrack {
    return LoadedTrack.fromWire(requireValid("load result", readLoadResult(raw)));
  }

  /** From an answer that has been read already. */
  static fromWire(wire: WireLoadResult): LoadedTrack {
    return new LoadedTrack(wire);
  }

  /** Whether loading did not fail. */
  get success(): boolean {
    return isSuccess(this.loadType);
  }

  /** Number of tracks. */
  get length(): number {
    return this.tracks?.length ?? 0;
  }

  /** Whether there is at least one track. */
  get hasTracks(): boolean {
    return this.length > 0;
  }

  /** The track that was asked for: the playlist's selected one, or the only one that was loaded. */
  getSelectedTrack(): TrackInfo | null {
    const selected = this.playlistInfo?.selectedTrack ?? null;
    if (selected !== null) return this.tracks?.[selected] ?? null;
    return this.loadType === LoadType.TRACK_LOADED ? (this.tracks?.[0] ?? null) : null;
  }
}
