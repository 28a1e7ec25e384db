import {
  fromMilli,
  type LoadType,
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

/** Author of tracks whose source has none. */
export const UNKNOWN_ARTIST = unknownArtist;

/** Returns whether a load type is not a failure. `NO_MATCHES` is not a failure. */
export const isSuccess = (loadType: string): boolean => loadType !== "LOAD_FAILED";

/** Name and selected track of a playlist. */
export class PlaylistInfo {
  /** Name of the playlist. */
  declare readonly name: string;
  /** Index into the tracks; null when none is selected. */
  declare readonly selectedTrack: number | null;
  /**
   * Number of further tracks of the playlist, at least, which a limit of an Asterite node left out. 0 unless `loadTracks` was
   * called with `extended`.
   */
  declare readonly omitted: number;

  constructor(wire: WirePlaylistInfo) {
    this.name = wire.name;
    this.selectedTrack = wire.selectedTrack;
    this.omitted = wire.omitted ?? 0;
  }

  /** Returns the name, with the index of the selected track. */
  toString(): string {
    return this.selectedTrack === null ? this.name : `${this.name}[${this.selectedTrack}]`;
  }
}

/** Metadata of a track. */
export class TrackMetadata {
  /** Java class of the track; opaque. */
  declare readonly className: string;
  /** Title from the source. */
  declare readonly title: string;
  /** Artist or channel; {@link UNKNOWN_ARTIST} when the source has none. */
  declare readonly author: string;
  /** Length in seconds; null for streams and when unknown. */
  declare readonly length: number | null;
  /** Identifier of the track at its source. */
  declare readonly identifier: string;
  /** URI of the track; null when the source has none. */
  declare readonly uri: string | null;
  /** Whether the track is a live stream without an end. */
  declare readonly isStream: boolean;
  /** Whether `seek` has an effect. */
  declare readonly isSeekable: boolean;
  /** Start position in seconds, from the encoded track. */
  declare readonly position: number;
  /**
   * URL of the artwork; with a leading slash, a path on the node that is valid until the node restarts. This
   * field and the following ones are null unless `loadTracks` was called with `extended`.
   */
  declare readonly artworkUrl: string | null;
  /** International Standard Recording Code. */
  declare readonly isrc: string | null;
  /** Album, from the tags of the file. */
  declare readonly album: string | null;
  /** Lyrics, from the tags of the file. */
  declare readonly lyrics: string | null;

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

  /** Whether the author is {@link UNKNOWN_ARTIST}. */
  get authorUnknown(): boolean {
    return this.author === UNKNOWN_ARTIST;
  }

  /** Returns author and title. */
  toString(): string {
    return `${this.author} - ${this.title}`;
  }
}

/** An encoded track with its metadata. */
export class TrackInfo {
  /** Encoded track in base64, the argument of `play`. */
  declare readonly track: string;
  /** Metadata of the track. */
  declare readonly info: TrackMetadata;

  protected constructor(wire: WireTrackInfo) {
    this.track = wire.track;
    this.info = new TrackMetadata(wire.info);
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): TrackInfo {
    return TrackInfo.fromWire(requireValid("track", readTrackInfo(raw)));
  }

  /** Creates an instance from a validated response. */
  static fromWire(wire: WireTrackInfo): TrackInfo {
    return new TrackInfo(wire);
  }

  /** Returns author and title. */
  toString(): string {
    return String(this.info);
  }
}

/** Tracks in the music folders of a node that belong together. */
export interface Collection {
  /** `album`, `artist`, `folder` or `playlist`; newer nodes may send other values. */
  readonly kind: string;
  /** Name: the album, the artist, or the last component of the path. */
  readonly name: string;
  /** Artist of an album; null for several artists and for other kinds. */
  readonly artist: string | null;
  /** Number of tracks; null when unknown. */
  readonly trackCount: number | null;
  /** Identifier that loads the tracks. */
  readonly identifier: string;
  /** URL of a picture, as in {@link TrackMetadata.artworkUrl}; the node may respond that there is none. */
  readonly artworkUrl: string | null;
}

/** Result of loading tracks. */
export class LoadedTrack {
  /** One of {@link LoadType}; newer nodes may send other values. */
  declare readonly loadType: string;
  /** Loaded tracks; null when the node sends no list. */
  declare readonly tracks: readonly TrackInfo[] | null;
  /** Playlist of the tracks; null for other results. */
  declare readonly playlistInfo: PlaylistInfo | null;
  /** Error that made loading fail; null unless it failed. */
  declare readonly cause: AndesiteError | null;
  /** One of `Severity`; null unless loading failed. */
  declare readonly severity: string | null;
  /**
   * Albums, artists, folders and playlists that a search in the music folders of an Asterite node found; empty unless
   * `loadTracks` was called with `extended`.
   */
  declare readonly collections: readonly Collection[];

  protected constructor(wire: WireLoadResult) {
    this.loadType = wire.loadType;
    this.tracks = wire.tracks?.map((track) => TrackInfo.fromWire(track)) ?? null;
    this.playlistInfo = wire.playlistInfo && new PlaylistInfo(wire.playlistInfo);
    this.cause = wire.cause && AndesiteError.fromWire(wire.cause);
    this.severity = wire.severity;
    this.collections = wire.collections ?? [];
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): LoadedTrack {
    return LoadedTrack.fromWire(requireValid("load result", readLoadResult(raw)));
  }

  /** Creates an instance from a validated response. */
  static fromWire(wire: WireLoadResult): LoadedTrack {
    return new LoadedTrack(wire);
  }

  /** Whether loading did not fail. True for a search without matches. */
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

  /** Returns the selected track of a playlist, or the single track that was loaded; null otherwise. */
  getSelectedTrack(): TrackInfo | null {
    const selected = this.playlistInfo?.selectedTrack ?? null;
    if (selected !== null) return this.tracks?.[selected] ?? null;
    return this.loadType === "TRACK_LOADED" ? (this.tracks?.[0] ?? null) : null;
  }
}
