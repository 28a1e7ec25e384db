import { encodeTrack, type Track } from "@asterite/lavaplayer-track";
import type { TrackExtras } from "./loader.ts";

const packages = "com.sedmelluq.discord.lavaplayer.source";

/** The classes of lavaplayer's tracks by source; clients compare them at most. */
const classes: Readonly<Record<string, string>> = Object.freeze({
  youtube: `${packages}.youtube.YoutubeAudioTrack`,
  soundcloud: `${packages}.soundcloud.SoundCloudAudioTrack`,
  bandcamp: `${packages}.bandcamp.BandcampAudioTrack`,
  vimeo: `${packages}.vimeo.VimeoAudioTrack`,
  twitch: `${packages}.twitch.TwitchStreamAudioTrack`,
  "beam.pro": `${packages}.beam.BeamAudioTrack`,
  niconico: `${packages}.nico.NicoAudioTrack`,
  "getyarn.io": `${packages}.getyarn.GetyarnAudioTrack`,
  "yandex-music": `${packages}.yamusic.YandexMusicAudioTrack`,
  http: `${packages}.http.HttpAudioTrack`,
  local: `${packages}.local.LocalAudioTrack`,
});

/** What `info` of a track holds beside its nine keys where a client asked for it. */
interface ExtendedInfo extends Pick<TrackExtras, "album" | "lyrics"> {
  readonly sourceName: string;
  readonly artworkUrl: string | null;
  readonly isrc: string | null;
}

/** What is told to clients that ask for more than the nine keys, beside what the track itself holds. */
export type ExtraInfo = Pick<ExtendedInfo, "album" | "lyrics" | "artworkUrl">;

/** A track as it stands in JSON (sections 7.3 and 7.4 of the protocol). */
export interface TrackInfoJson {
  /** The encoded track. */
  readonly track: string;
  readonly info: {
    readonly class: string;
    readonly title: string;
    readonly author: string;
    /** ms; written as the whole number that it is, however large. */
    readonly length: number | object;
    readonly identifier: string;
    readonly uri: string | null;
    readonly isStream: boolean;
    readonly isSeekable: boolean;
    /** ms; written as the whole number that it is, however large. */
    readonly position: number | object;
  } & Partial<ExtendedInfo>;
}

/**
 * A track as it stands in JSON; for `JSON.stringify` alone, because numbers beyond 2^53 are kept in a form that only
 * that understands.
 *
 * @param extra - What else is known about it, for clients that ask for more than the nine keys; null for the others.
 */
export function toTrackInfo(track: Track, extra: ExtraInfo | null = null): TrackInfoJson {
  const { info, source } = track;
  return {
    track: encodeCurrent(track),
    info: {
      class: classes[source.name] ?? `${packages}.${source.name}`,
      title: info.title,
      author: info.author,
      length: exactNumber(info.lengthMs),
      identifier: info.identifier,
      uri: info.uri,
      isStream: info.isStream,
      isSeekable: !info.isStream,
      position: exactNumber(track.positionMs),
      ...(extra && {
        album: extra.album,
        lyrics: extra.lyrics,
        sourceName: source.name,
        artworkUrl: info.artworkUrl ?? extra.artworkUrl,
        isrc: info.isrc,
      }),
    },
  };
}

/** The form of today: version 1 has no place for the address, and 3 is only understood by those who sent it. */
export const encodeCurrent = (track: Track): string =>
  encodeTrack(track, { version: track.version === 1 ? 2 : track.version });

/** What TypeScript does not know of the engine yet: https://github.com/tc39/proposal-json-parse-with-source */
interface ExactJson extends JSON {
  rawJSON(text: string): object;
}

/** A number that `JSON.stringify` writes with all its digits. */
function exactNumber(value: bigint): number | object {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : (JSON as ExactJson).rawJSON(String(value));
}
