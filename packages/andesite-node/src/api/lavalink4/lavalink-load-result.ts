import type { Loaded } from "../../loading/loader.ts";
import { toLavalinkException } from "./lavalink-exception.ts";
import { toLavalinkTrack } from "./lavalink-track.ts";

/** A load result of Lavalink 4 in JSON. */
export interface LavalinkLoadResult {
  readonly loadType: "track" | "playlist" | "search" | "empty" | "error";
  readonly data: unknown;
}

/** Converts a load result to JSON. A search without tracks is empty. */
export function toLavalinkLoadResult(loaded: Loaded): LavalinkLoadResult {
  switch (loaded.loadType) {
    case "TRACK_LOADED":
      return { loadType: "track", data: toLavalinkTrack(loaded.tracks[0].track) };
    case "PLAYLIST_LOADED":
      return {
        loadType: "playlist",
        data: {
          info: { name: loaded.name, selectedTrack: loaded.selectedTrack ?? -1 },
          pluginInfo: {},
          tracks: loaded.tracks.map(({ track }) => toLavalinkTrack(track)),
        },
      };
    case "SEARCH_RESULT":
      if (loaded.tracks.length === 0) return { loadType: "empty", data: null };
      return { loadType: "search", data: loaded.tracks.map(({ track }) => toLavalinkTrack(track)) };
    case "NO_MATCHES":
      return { loadType: "empty", data: null };
    default:
      return { loadType: "error", data: toLavalinkException(loaded.error) };
  }
}
