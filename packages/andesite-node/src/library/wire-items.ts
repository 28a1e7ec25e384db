import { unknownArtist } from "@asterite/andesite-protocol";
import type { CatalogGroup, CatalogItem, CatalogTrack } from "../loading/library/catalog.ts";
import type { CollectionKind } from "../loading/library/collections.ts";
import type { LoadedTrack } from "../loading/loader.ts";

/** Maximum length of a text. */
const maxTextLength = 200;

/** Track on the wire. */
export interface WireTrack {
  readonly kind: "track";
  /** Absent for an entry of a playlist. */
  readonly key?: string;
  readonly name: string;
  readonly artist: string | null;
  readonly album: string | null;
  readonly lengthMs: number | null;
  readonly disc: number | null;
  readonly number: number | null;
}

/** Group on the wire. */
export interface WireGroup {
  readonly kind: CollectionKind;
  readonly key: string;
  readonly name: string;
  readonly artist: string | null;
  /** Null for a playlist. */
  readonly trackCount: number | null;
  /** Number of albums of an artist, or of folders in a folder. */
  readonly groupCount: number;
  /** Path of a picture, which may not exist; null for none. */
  readonly artworkUrl: string | null;
}

/** Track or group on the wire. */
export type WireItem = WireTrack | WireGroup;

const cut = (text: string): string => text.slice(0, maxTextLength).toWellFormed();
const cutOrNull = (text: string | null): string | null => (text === null ? null : cut(text));

/** Converts an item. */
export const toWireItem = (item: CatalogItem, artworkPath: (path: string) => string): WireItem =>
  item.kind === "track" ? toTrack(item) : toGroup(item, artworkPath);

function toTrack({
  kind,
  key,
  title,
  artist,
  album,
  lengthMs,
  discNumber,
  trackNumber,
}: CatalogTrack): WireTrack {
  return {
    kind,
    key,
    name: cut(title),
    artist: cutOrNull(artist),
    album: cutOrNull(album),
    lengthMs,
    disc: discNumber,
    number: trackNumber,
  };
}

function toGroup(group: CatalogGroup, artworkPath: (path: string) => string): WireGroup {
  const { kind, key, name, artist, tracks, groups } = group;
  const picture = picturePathOf(group);
  return {
    kind,
    key,
    name: cut(name),
    artist: cutOrNull(artist),
    trackCount: kind === "playlist" ? null : tracks.length,
    groupCount: groups.length,
    artworkUrl: picture === undefined ? null : artworkPath(picture),
  };
}

/** Returns the path of the first track with a picture in it; otherwise of the first, beside which there may be one. */
function picturePathOf({ tracks, groups }: CatalogGroup): string | undefined {
  const track = tracks.find(({ hasPicture }) => hasPicture) ?? tracks[0];
  return track?.path ?? groups.map(picturePathOf).find((path) => path !== undefined);
}

/** Converts an entry of a playlist. It has no key, because it may be outside the music folders. */
export function toWireEntry({ track: { info }, extras }: LoadedTrack): WireTrack {
  return {
    kind: "track",
    name: cut(info.title),
    artist: info.author === unknownArtist ? null : cut(info.author),
    album: cutOrNull(extras.album),
    lengthMs: info.isStream ? null : Number(info.lengthMs),
    disc: null,
    number: null,
  };
}
