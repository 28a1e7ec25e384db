// In-memory services for tests of the HTTP API and WebSockets. They produce no audio.

import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readSpan } from "@asterite/andesite-protocol";
import { FilterConfiguration } from "@asterite/audio/dsp";
import { TrackError } from "@asterite/audio/media";
import { decodeTrack, encodeTrack, type Track } from "@asterite/lavaplayer-track";
import type { Loaded, Loader } from "../loading/loader.ts";
import { encodeCurrent } from "../loading/track-info.ts";
import type { NodeServices } from "../node.ts";
import type { MixerPlayerReport, PlayerReport } from "../players/player-report.ts";
import type {
  FrameStats,
  PlayerMessage,
  PlayerOperation,
  Players,
  PlayerTotals,
} from "../players/players.ts";
import type { StreamEndpoint, StreamLink } from "../streaming/stream-endpoint.ts";
import { toErrorReport } from "./error-report.ts";
import type { TrackSerializer } from "./track-serializer.ts";

const usableFrames = { loss: 0, success: 3_000, usable: true };

/** Player of {@link FakePlayers}. */
class FakePlayer {
  track: string | null = null;
  paused = false;
  volume = 100;
  positionMs = 0;
  mixerEnabled = false;
  readonly mixer = new Map<string, { track: string | null; paused: boolean; volume: number }>();
  readonly filters = new FilterConfiguration();

  report(): PlayerReport {
    const mixer: Record<string, MixerPlayerReport> = {};
    const base = { filters: this.filters.report(), frame: usableFrames };
    for (const [id, { track, paused, volume }] of this.mixer) {
      mixer[id] = { time: String(Date.now()), position: track === null ? null : 0, paused, volume, ...base };
    }
    return {
      ...base,
      time: Date.now(),
      position: this.track === null ? null : this.positionMs,
      paused: this.paused,
      volume: this.volume,
      mixer,
      mixerEnabled: this.mixerEnabled,
    };
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Stores the state of players without playing audio. */
class FakePlayers implements Players, PlayerTotals {
  readonly #players = new Map<string, FakePlayer>();
  readonly #listeners = new Set<(message: PlayerMessage) => void>();
  readonly #plays: (track: Track) => boolean;

  constructor(plays: (track: Track) => boolean) {
    this.#plays = plays;
  }

  perform(userId: string, guildId: string, operation: PlayerOperation): PlayerReport | null {
    const key = `${userId}:${guildId}`;
    const { op } = operation;
    if (op === "get-player") return this.get(userId, guildId);
    if (op === "voice-server-update" || op === "voiceUpdate") return this.get(userId, guildId);
    if (op === "destroy") return this.#destroy(userId, guildId);
    const player = this.#players.get(key) ?? new FakePlayer();
    this.#players.set(key, player);
    this.#apply(player, operation, (type, fields) => this.emitEvent(userId, guildId, type, fields));
    return player.report();
  }

  titleMessage(): null {
    return null;
  }

  get(userId: string, guildId: string): PlayerReport | null {
    return this.#players.get(`${userId}:${guildId}`)?.report() ?? null;
  }

  listen(listener: (message: PlayerMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  counts(): { total: number; playing: number } {
    const players = [...this.#players.values()];
    return {
      total: players.length,
      playing: players.filter(({ track, paused }) => track !== null && !paused).length,
    };
  }

  frameStats(): FrameStats[] {
    return [...this.#players.keys()].map((key) => {
      const [userId = "", guildId = ""] = key.split(":");
      return { userId, guildId, success: usableFrames.success, loss: usableFrames.loss };
    });
  }

  close(): Promise<void> {
    this.#players.clear();
    return Promise.resolve();
  }

  /** Emits an event and the state after it, in a microtask. */
  emitEvent(userId: string, guildId: string, type: string, fields: Fields, toAll = false): void {
    queueMicrotask(() => {
      this.#send({ userId, guildId, toAll, content: { type: "event", name: type, fields } });
      if (type !== "PlayerDestroyedEvent" && !toAll) this.emitUpdate(userId, guildId);
    });
  }

  /** Emits the state of a player, as a real player does every five seconds. */
  emitUpdate(userId: string, guildId: string): void {
    const state = this.get(userId, guildId);
    this.#send({ userId, guildId, toAll: false, content: { type: "update", state } });
  }

  #send(message: PlayerMessage): void {
    for (const listener of this.#listeners) listener(message);
  }

  #destroy(userId: string, guildId: string): PlayerReport | null {
    const player = this.#players.get(`${userId}:${guildId}`);
    if (!player) return null;
    const state = player.report();
    this.#players.delete(`${userId}:${guildId}`);
    this.emitEvent(userId, guildId, "PlayerDestroyedEvent", { cleanup: false });
    endTrack(player, "STOPPED", (type, fields) => this.emitEvent(userId, guildId, type, fields));
    queueMicrotask(() => this.#send({ userId, guildId, toAll: false, content: { type: "gone" } }));
    return { ...state, destroyed: true };
  }

  #apply(player: FakePlayer, operation: PlayerOperation, emit: EmitEvent): void {
    const { op } = operation;
    const given: Fields = { ...operation.fields };
    if (op === "play") this.#play(player, given, emit);
    if (op === "stop") endTrack(player, "STOPPED", emit);
    if (op === "filters") player.filters.update(operation.payload);
    if (op === "replace-filters") player.filters.replace(operation.fields);
    if (op === "equalizer") player.filters.update({ equalizer: operation.payload });
    if (op === "seek" || op === "update") player.positionMs = Number(given["position"] ?? player.positionMs);
    if (typeof given["pause"] === "boolean") player.paused = given["pause"];
    if (typeof given["volume"] === "number") player.volume = given["volume"];
    if (op === "update" && given["filters"] !== undefined) player.filters.update(given["filters"]);
    if (op === "mixer") updateMixer(player, given);
  }

  #play(player: FakePlayer, fields: Fields, emit: EmitEvent): void {
    if (fields["noReplace"] === true && player.track !== null) return;
    const track = decodeTrack(String(fields["track"]));
    if (!this.#plays(track)) {
      endTrack(player, "STOPPED", emit);
      return;
    }
    endTrack(player, "REPLACED", emit);
    player.positionMs = readSpan(fields as Parameters<typeof readSpan>[0]).start;
    player.track = encodeTrack(track);
    emit("TrackStartEvent", { track: player.track });
  }
}

type EmitEvent = (type: string, fields: Fields) => void;

function endTrack(player: FakePlayer, reason: string, emit: EmitEvent): void {
  if (player.track === null) return;
  emit("TrackEndEvent", { track: player.track, reason, mayStartNext: false });
  player.track = null;
}

function updateMixer(player: FakePlayer, { enable, players }: Fields): void {
  if (typeof enable === "boolean") player.mixerEnabled = enable;
  for (const [id, entry] of Object.entries(players as Record<string, Fields>)) {
    const known = player.mixer.get(id) ?? { track: null, paused: false, volume: 100 };
    player.mixer.set(id, known);
    if (typeof entry["track"] === "string" || entry["track"] === null) known.track = entry["track"];
    if (typeof entry["pause"] === "boolean") known.paused = entry["pause"];
    if (typeof entry["volume"] === "number") known.volume = entry["volume"];
  }
}

/** Returns an encoded track. */
export const encodeFakeTrack = (title: string, source = "youtube"): string =>
  encodeTrack({ info: { title, author: "Nobody", lengthMs: 60_000, identifier: title, uri: null }, source });

/**
 * Returns the load result that the identifier names: `one:`, `list:`, `search:`, `fail:`; no matches for any
 * other.
 */
class FakeLoader implements Loader {
  readonly enabledSources = ["youtube", "local"];
  readonly catalog = null;
  /** Signals of pending `wait:` loads, which never finish. */
  readonly waiting: AbortSignal[] = [];

  load(identifier: string, signal?: AbortSignal): Promise<Loaded> {
    const [kind, name = ""] = identifier.split(":");
    const found = {
      track: decodeTrack(encodeFakeTrack(name)),
      extras: { album: "Album", lyrics: null, hasPicture: false },
    };
    if (kind === "wait" && signal) {
      this.waiting.push(signal);
      return new Promise(() => {});
    }
    if (kind === "break") return Promise.reject(new TypeError("a defect"));
    if (kind === "fail") {
      const cause = new Error("the server refused the request");
      return Promise.resolve({ loadType: "LOAD_FAILED", error: new TrackError(name, "COMMON", { cause }) });
    }
    const results: Record<string, Loaded> = {
      one: { loadType: "TRACK_LOADED", tracks: [found] },
      list: { loadType: "PLAYLIST_LOADED", name, selectedTrack: 0, tracks: [found, found] },
      search: { loadType: "SEARCH_RESULT", name, selectedTrack: null, tracks: [found] },
    };
    return Promise.resolve(results[kind ?? ""] ?? { loadType: "NO_MATCHES" });
  }

  canPlay(track: Track): boolean {
    return this.enabledSources.includes(track.source.name);
  }

  locate(): never {
    throw new TrackError("The fake loader has no audio", "COMMON");
  }

  readPicture(): Promise<null> {
    return Promise.resolve(null);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const fakeSerializer: TrackSerializer = {
  serializeTrack(track) {
    const { info } = track;
    return {
      track: encodeCurrent(track),
      info: {
        class: "com.example.Track",
        title: info.title,
        author: info.author,
        length: Number(info.lengthMs),
        identifier: info.identifier,
        uri: info.uri,
        isStream: info.isStream,
        isSeekable: !info.isStream,
        position: Number(track.positionMs),
      },
    };
  },
  serializeLoadResult(loaded) {
    if (loaded.loadType === "NO_MATCHES") return { loadType: loaded.loadType, tracks: [], playlistInfo: {} };
    if (loaded.loadType === "LOAD_FAILED") {
      const { error } = loaded;
      const { severity } = error;
      return {
        loadType: loaded.loadType,
        tracks: [],
        playlistInfo: {},
        cause: toErrorReport(error, "long"),
        severity,
      };
    }
    const playlistInfo =
      loaded.loadType === "TRACK_LOADED" ? {} : { name: loaded.name, selectedTrack: loaded.selectedTrack };
    const tracks = loaded.tracks.map(({ track }) => fakeSerializer.serializeTrack(track));
    return { loadType: loaded.loadType, tracks, playlistInfo };
  },
};

/** Creates links that contain a checksum instead of a signature. */
class FakeStreams implements StreamEndpoint {
  readonly #players: Players;

  constructor(players: Players) {
    this.#players = players;
  }

  createLink(userId: string, guildId: string, ttlSeconds: number | undefined): StreamLink | undefined {
    if (!this.#players.get(userId, guildId)) return undefined;
    const expires = Date.now() + (ttlSeconds ?? 3_600) * 1_000;
    return { url: `/listen/${checksum(`${userId}.${guildId}`)}`, expires };
  }

  handleRequest(_request: IncomingMessage, response: ServerResponse, path: string): void {
    const isGood = /^\/listen\/[0-9a-f]{64}$/.test(path);
    response.writeHead(isGood ? 200 : 403, { "Content-Type": "audio/ogg" }).end();
  }
}

const checksum = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Services of a node for tests, with access to the fakes. */
export interface FakeServices extends NodeServices {
  readonly players: FakePlayers;
  readonly loader: FakeLoader;
}

/** Creates the fake services. */
export function createFakeServices(): FakeServices {
  const loader = new FakeLoader();
  const players = new FakePlayers((track) => loader.canPlay(track));
  return {
    loader,
    players,
    census: players,
    createSessionPlayers() {
      throw new Error("the fake services have no sessions of Lavalink 4");
    },
    trackSerializer: fakeSerializer,
    streams: new FakeStreams(players),
    artwork: { handleRequest: (_request, response) => void response.writeHead(403).end() },
    library: {
      createLink: () => undefined,
      handleRequest: (_request, response) => void response.writeHead(403).end(),
    },
    close: () => players.close(),
  };
}
