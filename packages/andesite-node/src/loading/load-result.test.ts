import { readLoadResult } from "@asterite/andesite-protocol";
import { TrackError } from "@asterite/audio/media";
import { Track, unknownLengthMs } from "@asterite/lavaplayer-track";
import { describe, expect, it } from "vitest";
import { toLoadResult } from "./load-result.ts";
import type { LoadedTrack } from "./loader.ts";
import { toTrackInfo } from "./track-info.ts";

const loadedTrack = (lengthMs: bigint | number, isStream = false): LoadedTrack => ({
  track: new Track({
    info: {
      title: "Title",
      author: "Author",
      lengthMs,
      identifier: "/a.mp3",
      uri: "/a.mp3",
      isStream,
      isrc: "ZZ1",
    },
    source: { name: "local", probe: { name: "mp3", parameters: null } },
    positionMs: 5,
  }),
  extras: { album: "Album", lyrics: null, hasPicture: true },
});

const nineKeys = [
  "class",
  "title",
  "author",
  "length",
  "identifier",
  "uri",
  "isStream",
  "isSeekable",
  "position",
];

const toWireError = (error: TrackError) => ({
  class: "X",
  message: error.message,
  suppressed: [],
  cause: null,
});

describe("toTrackInfo", () => {
  it("writes exactly nine keys", () => {
    const { track } = loadedTrack(1_234);
    const json = JSON.parse(JSON.stringify(toTrackInfo(track)));
    expect(Object.keys(json)).toEqual(["track", "info"]);
    expect(Object.keys(json.info)).toEqual(nineKeys);
    expect(json.info).toEqual({
      class: "com.sedmelluq.discord.lavaplayer.source.local.LocalAudioTrack",
      title: "Title",
      author: "Author",
      length: 1_234,
      identifier: "/a.mp3",
      uri: "/a.mp3",
      isStream: false,
      isSeekable: true,
      position: 5,
    });
  });

  it("adds extended fields when they are given", () => {
    const { track } = loadedTrack(1_234);
    const extra = { album: "Album", lyrics: null, artworkUrl: "/artwork/a" };
    const json = JSON.parse(JSON.stringify(toTrackInfo(track, extra)));
    expect(Object.keys(json.info).slice(0, 9)).toEqual(nineKeys);
    expect(json.info).toMatchObject({
      album: "Album",
      lyrics: null,
      sourceName: "local",
      artworkUrl: "/artwork/a",
      isrc: "ZZ1",
    });
  });

  it.each([
    [unknownLengthMs, "9223372036854775807"],
    [2n ** 53n, "9007199254740992"],
    [2n ** 53n + 1n, "9007199254740993"],
    [2n ** 53n - 1n, "9007199254740991"],
    [-(2n ** 63n), "-9223372036854775808"],
    [0n, "0"],
  ])("writes the length %s with all digits", (length, written) => {
    expect(JSON.stringify(toTrackInfo(loadedTrack(length, true).track))).toContain(`"length":${written},`);
  });

  it.each([
    ["youtube", "youtube.YoutubeAudioTrack"],
    ["soundcloud", "soundcloud.SoundCloudAudioTrack"],
    ["bandcamp", "bandcamp.BandcampAudioTrack"],
    ["vimeo", "vimeo.VimeoAudioTrack"],
    ["twitch", "twitch.TwitchStreamAudioTrack"],
  ])("uses lavaplayer's class for tracks of %s", (source, name) => {
    const track = new Track({ info: { title: "", author: "", identifier: "x" }, source });
    expect(toTrackInfo(track).info.class).toBe(`com.sedmelluq.discord.lavaplayer.source.${name}`);
  });
});

describe("toLoadResult", () => {
  const write = (...parameters: Parameters<typeof toLoadResult>) =>
    JSON.parse(JSON.stringify(toLoadResult(...parameters)));

  it.each(["PLAYLIST_LOADED", "SEARCH_RESULT"] as const)(
    "writes tracks and playlistInfo for %s",
    (loadType) => {
      const json = write(
        { loadType, name: "List", selectedTrack: null, tracks: [loadedTrack(1), loadedTrack(2)] },
        { toWireError },
      );
      expect(json).toMatchObject({ loadType, playlistInfo: { name: "List", selectedTrack: null } });
      expect(json.tracks.length).toBe(2);
      expect(readLoadResult(json)).toMatchObject({ ok: true });
    },
  );

  it("writes the number of omitted tracks, if there are any, in extended results only", () => {
    const list = { loadType: "PLAYLIST_LOADED", name: "List", selectedTrack: null } as const;
    const loaded = { ...list, tracks: [loadedTrack(1)], omitted: 150 };
    const plain = { name: "List", selectedTrack: null };
    const json = write(loaded, { toWireError, extended: true });
    expect(json.playlistInfo).toEqual({ ...plain, omitted: 150 });
    expect(readLoadResult(json)).toMatchObject({ ok: true, value: { playlistInfo: { omitted: 150 } } });
    expect(write(loaded, { toWireError }).playlistInfo).toEqual(plain);
    expect(write({ ...loaded, omitted: 0 }, { toWireError, extended: true }).playlistInfo).toEqual(plain);
  });

  it("writes an empty playlistInfo for a single track", () => {
    const json = write({ loadType: "TRACK_LOADED", tracks: [loadedTrack(1)] }, { toWireError });
    expect(json).toMatchObject({
      loadType: "TRACK_LOADED",
      playlistInfo: {},
      tracks: [{ info: { length: 1 } }],
    });
    expect(Object.keys(json)).toEqual(["loadType", "tracks", "playlistInfo"]);
  });

  it("writes empty fields for NO_MATCHES", () => {
    expect(write({ loadType: "NO_MATCHES" }, { toWireError })).toEqual({
      loadType: "NO_MATCHES",
      tracks: [],
      playlistInfo: {},
    });
  });

  it("writes cause and severity for a failure", () => {
    const error = new TrackError("Unknown file format.", "COMMON");
    expect(write({ loadType: "LOAD_FAILED", error }, { toWireError })).toEqual({
      loadType: "LOAD_FAILED",
      tracks: [],
      playlistInfo: {},
      cause: { class: "X", message: "Unknown file format.", suppressed: [], cause: null },
      severity: "COMMON",
    });
  });

  it("adds extended fields to tracks when the option is set", () => {
    const loaded = { loadType: "TRACK_LOADED", tracks: [loadedTrack(1)] } as const;
    const artworkUrl = (identifier: string) => `/artwork${identifier}`;
    expect(write(loaded, { toWireError, extended: true, artworkUrl }).tracks[0].info).toMatchObject({
      album: "Album",
      artworkUrl: "/artwork/a.mp3",
    });
    const {
      track: { info, ...others },
      extras,
    } = loadedTrack(1);
    const part = new Track({ ...others, info: { ...info, duration: 1, identifier: "/a.mp3#t=1,2" } });
    const ofPart = write(
      { ...loaded, tracks: [{ track: part, extras }] },
      { toWireError, extended: true, artworkUrl },
    );
    expect(ofPart.tracks[0].info).toMatchObject({ identifier: "/a.mp3#t=1,2", artworkUrl: "/artwork/a.mp3" });
    const [track] = loaded.tracks;
    const without = [{ ...track, extras: { ...track.extras, hasPicture: false } }] as const;
    const plain = write({ ...loaded, tracks: without }, { toWireError, extended: true, artworkUrl });
    expect(plain.tracks[0].info).toMatchObject({ artworkUrl: null });
    expect(plain.tracks[0].info).not.toHaveProperty("hasPicture");
    expect(Object.keys(write(loaded, { toWireError }).tracks[0].info)).toEqual(nineKeys);
  });
});
