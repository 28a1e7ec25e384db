import type { Logger } from "@asterite/util";
import { type ByteLimits, defaultByteLimits } from "./bytes/byte-limits.ts";
import { defaultUserAgent } from "./bytes/byte-settings.ts";
import { defaultLoadingLimits, type LoadingLimits } from "./loading/limits.ts";

/** How the node is reached, and what a connection may cost. */
export interface HttpOptions {
  /**
   * Address to listen on. Default: `127.0.0.1` without a password, `0.0.0.0` (every IPv4 address) with one or
   * where {@link NodeSettings.open} allows it.
   */
  readonly host: string | null;
  /** TCP port, 0 to 65535; 0 picks a free one. Default 5000. */
  readonly port: number;
  /** Whether there are HTTP routes. Default true. */
  readonly rest: boolean;
  /** Whether there are WebSockets. Default true. */
  readonly webSocket: boolean;
  /** Bytes that the body of a request may have. Default 65 536, as in the original node. */
  readonly maxBodyBytes: number;
  /** Bytes that the headers of a request may have together. Default 16 384. */
  readonly maxHeaderBytes: number;
  /** Connections at one time, WebSockets and listeners included. Default 10 000. */
  readonly maxConnections: number;
  /** How long a client may take for the headers of a request, in ms. Default 10 000. */
  readonly headersTimeoutMs: number;
  /** How long a client may take for a whole request, in ms. Default 30 000. */
  readonly requestTimeoutMs: number;
  /** How long a connection is kept for another request, in ms. Default 65 000, longer than most proxies do. */
  readonly keepAliveTimeoutMs: number;
}

/** What a WebSocket may cost. */
export interface WebSocketOptions {
  /** Path of WebSockets that speak the dialect of Lavalink 3. Default `/`. */
  readonly lavalinkPath: string;
  /** Bytes that a message may have, its fragments together. Default 262 144. */
  readonly maxMessageBytes: number;
  /** WebSockets at one time. Default 5 000. */
  readonly maxSockets: number;
  /**
   * Bytes of events that may wait for a client to read them; a client that leaves more is cut. Default
   * 8 388 608. Replies do not count: a client that does not read them is no longer read itself.
   */
  readonly maxQueuedBytes: number;
  /**
   * How often clients are pinged, in ms; one that has not answered until the next time is cut. Default 0:
   * never, as the original node does.
   */
  readonly pingIntervalMs: number;
  /** How often WebSockets in the dialect of Lavalink 3 are sent statistics, in ms. Default 30 000. */
  readonly lavalinkStatsMs: number;
  /** The longest time for which a client can have its events kept, in ms. Default 3 600 000, an hour. */
  readonly maxBufferMs: number;
  /** Events kept for one lost connection; see {@link WebSocketOptions.maxBufferBytes}. Default 20 000. */
  readonly maxBufferMessages: number;
  /**
   * Bytes of the events kept for one lost connection. Beyond it all of them are dropped, and resuming fails as
   * it does after the time: a replay with holes would be taken for a complete one. Default 4 194 304.
   */
  readonly maxBufferBytes: number;
  /** Lost connections for which events are kept at one time; the oldest gives way. Default 500. */
  readonly maxBuffers: number;
}

/** Numbers for Prometheus. */
export interface MetricsOptions {
  /** Whether they are served, to everybody without a password. Default false. */
  readonly enabled: boolean;
  /** Default `/metrics`. */
  readonly path: string;
}

/** Which tracks can be found. */
export interface LoadingOptions {
  /** Whether an identifier that is neither address nor search becomes a search. Default true. */
  readonly autoSearch: boolean;
  /** Which search: on YouTube, as in the original node, or in the music folders. Default `ytsearch`. */
  readonly autoSearchPrefix: (typeof autoSearchPrefixes)[number];
  /** Sources by name. Default: all but `http` and `local`. */
  readonly sources: Readonly<Record<SourceName, boolean>>;
  /** Folders that `local` tracks and `search:` are confined to. Default: none. */
  readonly musicFolders: readonly string[];
  /** Folder, made if absent, where the index of them is kept. Default: none, and it is made anew at each start. */
  readonly dataFolder: string | null;
  /** Whether tracks may come from addresses of private networks and of this machine. Default false. */
  readonly allowPrivateAddresses: boolean;
  /** What the node calls itself when it asks for files of the web: visible ASCII characters. Default `Asterite`. */
  readonly userAgent: string;
  /** The program yt-dlp, which finds what is on web pages. Default: none. */
  readonly ytDlp: string | null;
  /** Pages of 100 tracks that are loaded of a playlist on YouTube, 1 to 1000. Default 6. */
  readonly maxPlaylistPages: number;
  /** What loading may cost; the size of pictures is an option of `artwork`. */
  readonly limits: Omit<LoadingLimits, "artworkBytes">;
  /** What reading may cost, while something is loaded and while it plays. */
  readonly byteLimits: ByteLimits;
}

/** What {@link LoadingOptions.autoSearchPrefix} can be. */
export const autoSearchPrefixes = Object.freeze(["ytsearch", "search"] as const);

/** Name of a source that can be switched on and off. */
export type SourceName =
  | "youtube"
  | "soundcloud"
  | "bandcamp"
  | "vimeo"
  | "twitch"
  | "beam"
  | "http"
  | "local";

/** How tracks are played. */
export interface PlayingOptions {
  /** Bits per second of what is encoded, 6 000 to 510 000. Default 128 000. */
  readonly bitrate: number;
  /** Effort of the encoder, 0 to 10: more sounds a little better and costs much more. Default 5. */
  readonly complexity: number;
  /** Threads that carry audio, 1 to 256; null for one per processor. Default null. */
  readonly threads: number | null;
  /** Players that one user may have. Default 5 000. */
  readonly maxPlayersPerUser: number;
  /** ms without audio after which a track counts as stuck. Default 10 000. */
  readonly stuckThresholdMs: number;
}

/** Who may listen over HTTP. */
export interface StreamingOptions {
  /** How many may listen to one player. Default 1 000. */
  readonly maxListenersPerPlayer: number;
  /** How many may listen to all players together. Default 5 000. */
  readonly maxListeners: number;
  /** Bytes that may wait for one listener before it is dropped. Default 262 144, some 15 s. */
  readonly maxBufferedBytes: number;
  /** Seconds for which a link opens the door, where nobody says. Default 3 600. */
  readonly ttlSeconds: number;
  /** The most seconds that may be asked for. Default 86 400. */
  readonly maxTtlSeconds: number;
}

/** Pictures of tracks. */
export interface ArtworkOptions {
  /** Bytes of a picture; a larger one counts as none. Default 8 388 608. */
  readonly maxBytes: number;
  /** Pictures that are read and sent at one time; others wait. Each is held in memory once. Default 16. */
  readonly maxAtOnce: number;
}

/** Connections to Discord calls. */
export interface VoiceOptions {
  /** ms from a voice server update, or the loss of a connection, until audio can be sent. Default 15 000. */
  readonly connectTimeoutMs: number;
  /** How often a lost session is tried to be resumed, each time a second later. Default 5. */
  readonly resumeAttempts: number;
  /** Certificate authorities of voice servers beside the well-known ones, a PEM file. Default: none. */
  readonly certificateAuthority: string | null;
}

/** How bots find the node by themselves. */
export interface AnnouncingOptions {
  /**
   * NATS servers over which the node tells bots where it is: addresses separated by commas, each like
   * `nats://host:4222` or `tls://user:password@host:4222`. Needs a password, which proves who announces. Default: none.
   */
  readonly nats: string | null;
  /**
   * Where bots reach the node: `host:port`, or an `http` or `https` address with or without a path. Default: the
   * address that it listens on, or the machine's first one if it listens on all of them.
   */
  readonly address: string | null;
  /** Address under which listeners reach the node, `http` or `https`. Default: the same as bots. */
  readonly listenUrl: string | null;
  /** The longest time that bots get to move their players when the node is to end, in ms. Default 5 000. */
  readonly drainMs: number;
}

/** Everything that a node can be told, complete. */
export interface NodeSettings {
  /** What clients must know; null lets everybody in, but see {@link NodeSettings.open}. Default null. */
  readonly password: string | null;
  /** Whether a node without a password may be reached from other machines. Default false. */
  readonly open: boolean;
  /** Told to clients, which may choose a node by it: visible ASCII characters and blanks. Default `unknown`. */
  readonly region: string;
  /** Told to clients: visible ASCII characters and blanks. Default `unknown`. */
  readonly id: string;
  /** The network. */
  readonly http: HttpOptions;
  /** WebSockets. */
  readonly webSocket: WebSocketOptions;
  /** Prometheus. */
  readonly metrics: MetricsOptions;
  /** Sources. */
  readonly loading: LoadingOptions;
  /** Audio. */
  readonly playing: PlayingOptions;
  /** Listeners. */
  readonly streaming: StreamingOptions;
  /** Pictures. */
  readonly artwork: ArtworkOptions;
  /** Discord. */
  readonly voice: VoiceOptions;
  /** Being found. */
  readonly announcing: AnnouncingOptions;
}

/** Name of a group of options in {@link NodeSettings}. */
export type OptionGroup =
  | "http"
  | "webSocket"
  | "metrics"
  | "loading"
  | "playing"
  | "streaming"
  | "artwork"
  | "voice"
  | "announcing";

/** Options of {@link createNode}: {@link NodeSettings} of which everything may be left out. */
export type AndesiteNodeOptions = Partial<Omit<NodeSettings, OptionGroup>> & {
  readonly [Group in Exclude<OptionGroup, "loading">]?: Partial<NodeSettings[Group]>;
} & {
  /** Sources. */
  readonly loading?: Partial<Omit<LoadingOptions, "sources" | "limits" | "byteLimits">> & {
    readonly [Part in "sources" | "limits" | "byteLimits"]?: Partial<LoadingOptions[Part]>;
  };
  /** Where to write what happens. Default: nowhere. */
  readonly logger?: Logger;
};

const freeze = <const Value extends object>(value: Value): Readonly<Value> => Object.freeze(value);

const { artworkBytes: _ofArtwork, ...loadingLimits } = defaultLoadingLimits;

/** What is used where an option is left out. */
export const defaultNodeOptions: NodeSettings = freeze({
  password: null,
  open: false,
  region: "unknown",
  id: "unknown",
  http: freeze({
    host: null,
    port: 5_000,
    rest: true,
    webSocket: true,
    maxBodyBytes: 65_536,
    maxHeaderBytes: 16_384,
    maxConnections: 10_000,
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    keepAliveTimeoutMs: 65_000,
  }),
  webSocket: freeze({
    lavalinkPath: "/",
    maxMessageBytes: 262_144,
    maxSockets: 5_000,
    maxQueuedBytes: 8_388_608,
    pingIntervalMs: 0,
    lavalinkStatsMs: 30_000,
    maxBufferMs: 3_600_000,
    maxBufferMessages: 20_000,
    maxBufferBytes: 4_194_304,
    maxBuffers: 500,
  }),
  metrics: freeze({ enabled: false, path: "/metrics" }),
  loading: freeze({
    autoSearch: true,
    autoSearchPrefix: "ytsearch",
    sources: freeze({
      youtube: true,
      soundcloud: true,
      bandcamp: true,
      vimeo: true,
      twitch: true,
      beam: true,
      http: false,
      local: false,
    }),
    musicFolders: freeze([]),
    dataFolder: null,
    allowPrivateAddresses: false,
    userAgent: defaultUserAgent,
    ytDlp: null,
    maxPlaylistPages: 6,
    limits: freeze(loadingLimits),
    byteLimits: defaultByteLimits,
  }),
  playing: freeze({
    bitrate: 128_000,
    complexity: 5,
    threads: null,
    maxPlayersPerUser: 5_000,
    stuckThresholdMs: 10_000,
  }),
  streaming: freeze({
    maxListenersPerPlayer: 1_000,
    maxListeners: 5_000,
    maxBufferedBytes: 262_144,
    ttlSeconds: 3_600,
    maxTtlSeconds: 86_400,
  }),
  artwork: freeze({ maxBytes: 8_388_608, maxAtOnce: 16 }),
  voice: freeze({ connectTimeoutMs: 15_000, resumeAttempts: 5, certificateAuthority: null }),
  announcing: freeze({ nats: null, address: null, listenUrl: null, drainMs: 5_000 }),
});
