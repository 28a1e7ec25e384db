import { LoadType } from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";

// Responses of Lavalink 4 in the form of Andesite. Values of another type are kept, so that the reader of the result
// reports them.

/** Returns a track with its metadata. */
export const toTrack = (track: unknown): unknown =>
  isRecord(track) ? { track: track["encoded"], info: track["info"] } : track;

const toTracks = (tracks: unknown): unknown => (Array.isArray(tracks) ? tracks.map(toTrack) : tracks);

/** Returns the result of loading tracks; one of an unknown type has no tracks. */
export function toLoadResult(result: unknown): unknown {
  if (!isRecord(result)) return result;
  const { loadType, data } = result;
  switch (loadType) {
    case "track":
      return { loadType: LoadType.TRACK_LOADED, tracks: [toTrack(data)] };
    case "search":
      return { loadType: LoadType.SEARCH_RESULT, tracks: toTracks(data) };
    case "playlist": {
      const { info, tracks } = isRecord(data) ? data : {};
      return { loadType: LoadType.PLAYLIST_LOADED, tracks: toTracks(tracks), playlistInfo: toPlaylist(info) };
    }
    case "empty":
      return { loadType: LoadType.NO_MATCHES, tracks: [] };
    case "error":
      return { loadType: LoadType.LOAD_FAILED, ...(isRecord(data) && toFailure(data)) };
    default:
      return { loadType };
  }
}

/** Returns playlist information; Lavalink sends −1 where no track is selected. */
function toPlaylist(info: unknown): unknown {
  if (!isRecord(info)) return info;
  const { selectedTrack } = info;
  return { ...info, selectedTrack: selectedTrack === -1 ? null : selectedTrack };
}

/** Returns the failure of a load. */
function toFailure(data: Readonly<Record<string, unknown>>) {
  const { severity } = data;
  return {
    cause: toException(data),
    severity: typeof severity === "string" ? severity.toUpperCase() : severity,
  };
}

/** Returns an exception; its Java class is the beginning of the text of its cause. */
export function toException({ message, cause }: Readonly<Record<string, unknown>>) {
  return { class: /^[\w.$]+(?=: |$)/.exec(String(cause))?.[0] ?? "Exception", message };
}

/** Returns statistics; the fields that Lavalink lacks are left out. */
export function toStats(stats: unknown): unknown {
  if (!isRecord(stats)) return stats;
  const { players, playingPlayers, uptime } = stats;
  const memory = isRecord(stats["memory"]) ? stats["memory"] : {};
  const cpu = isRecord(stats["cpu"]) ? stats["cpu"] : null;
  return {
    players: { total: players, playing: playingPlayers },
    runtime: { uptime },
    os: { processors: cpu?.["cores"] },
    cpu: cpu && { andesite: cpu["lavalinkLoad"], system: cpu["systemLoad"] },
    memory: {
      heap: { used: memory["used"], committed: memory["allocated"], max: memory["reservable"] },
    },
  };
}
