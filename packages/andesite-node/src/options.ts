import type { Logger } from "@asterite/util";
import { type ByteLimits, defaultByteLimits } from "./bytes/byte-limits.ts";
import { defaultUserAgent } from "./bytes/byte-settings.ts";
import { defaultLoadingLimits, type LoadingLimits } from "./loading/limits.ts";

/** HTTP server and its limits. */
export interface HttpOptions {
  /**
   * Address to listen on. Default: `127.0.0.1` without a password; `0.0.0.0` (all IPv4 addresses) with a
   * password or if {@link NodeSettings.open} is set.
   */
  readonly host: string | null;
  /** TCP port, 0 to 65535; 0 picks a free one. Default 5000. */
  readonly port: number;
  /** Whether to serve the HTTP routes. Default true. */
  readonly rest: boolean;
  /**
   * Whether responses about tracks also have the fields that only Lavalink 3 has, for clients that do not name their
   * dialect. Default false: strict Andesite clients refuse them.
   */
  readonly lavalink3: boolean;
  /** Whether clients of Lavalink 4 can use the additions of NodeLink. Default false. */
  readonly nodelink: boolean;
  /** Whether to accept WebSockets. Default true. */
  readonly webSocket: boolean;
  /** Maximum size of a request body. Default 65 536, as in the original node. */
  readonly maxBodyBytes: number;
  /** Maximum total size of request headers. Default 16 384. */
  readonly maxHeaderBytes: number;
  /** Maximum number of concurrent connections, including WebSockets and audio streams. Default 10 000. */
  readonly maxConnections: number;
  /** Time limit for the headers of a request, in ms. Default 10 000. */
  readonly headersTimeoutMs: number;
  /** Time limit for an entire request, in ms. Default 30 000. */
  readonly requestTimeoutMs: number;
  /**
   * How long an idle connection stays open, in ms. Default 65 000, longer than the default of most proxies.
   */
  readonly keepAliveTimeoutMs: number;
}

/** WebSockets and their limits. */
export interface WebSocketOptions {
  /** Path of WebSockets in the dialect of Lavalink 3. Default `/`. */
  readonly lavalinkPath: string;
  /** Maximum size of a message with all its fragments, in bytes. Default 262 144. */
  readonly maxMessageBytes: number;
  /** Maximum number of open WebSockets. Default 5 000. */
  readonly maxSockets: number;
  /**
   * Maximum bytes of events that a client has not read; above it the connection is terminated. Default 8 388
   * 608. Replies do not count: instead, the node stops reading from a client that does not read them.
   */
  readonly maxQueuedBytes: number;
  /**
   * Interval of pings, in ms. A connection that has not answered by the next ping is terminated. Default 0:
   * no pings, as in the original node.
   */
  readonly pingIntervalMs: number;
  /** Interval of statistics for WebSockets in the dialect of Lavalink 3, in ms. Default 30 000. */
  readonly lavalinkStatsMs: number;
  /**
   * Maximum time that a client may request to have its events buffered, in ms. Default 3 600 000 (1 hour).
   */
  readonly maxBufferMs: number;
  /**
   * Maximum events buffered for one lost connection; see {@link WebSocketOptions.maxBufferBytes}. Default 20
   * 000.
   */
  readonly maxBufferMessages: number;
  /**
   * Maximum bytes of events buffered for one lost connection. Above it the whole buffer is dropped and
   * resuming fails as after a timeout, because clients would take an incomplete replay for a complete one.
   * Default 4 194 304.
   */
  readonly maxBufferBytes: number;
  /**
   * Maximum number of lost connections with buffered events; above it the oldest buffer is dropped. Default
   * 500.
   */
  readonly maxBuffers: number;
}

/** Prometheus metrics. */
export interface MetricsOptions {
  /** Whether to serve metrics. They need no password. Default false. */
  readonly enabled: boolean;
  /** Path of the metrics. Default `/metrics`. */
  readonly path: string;
}

/** Sources of tracks and limits of loading. */
export interface LoadingOptions {
  /** Whether to search for identifiers that are neither URLs nor searches. Default true. */
  readonly autoSearch: boolean;
  /** Prefix of that search: YouTube, as in the original node, or the music folders. Default `ytsearch`. */
  readonly autoSearchPrefix: (typeof autoSearchPrefixes)[number];
  /** Enabled sources by name. Default: all except `http` and `local`. */
  readonly sources: Readonly<Record<SourceName, boolean>>;
  /** Folders that `local` tracks and `search:` are restricted to. Default: none. */
  readonly musicFolders: readonly string[];
  /**
   * Folder for the index of the music folders, created if missing. Default: none; the index is rebuilt at
   * each start.
   */
  readonly dataFolder: string | null;
  /** Whether tracks may be loaded from private networks and this machine. Default false. */
  readonly allowPrivateAddresses: boolean;
  /** `User-Agent` of HTTP requests: visible ASCII characters. Default `Asterite`. */
  readonly userAgent: string;
  /**
   * Path of the program yt-dlp, which extracts tracks from web pages, or `auto` for the one in `PATH`, if there is one. Default:
   * none. The command `asterite node` has the default `auto`.
   */
  readonly ytDlp: string | null;
  /** Maximum pages of 100 tracks loaded from a YouTube playlist, 1 to 1000. Default 6. */
  readonly maxPlaylistPages: number;
  /** Limits of loading. The size limit of pictures is an option of `artwork`. */
  readonly limits: Omit<LoadingLimits, "artworkBytes">;
  /** Limits of reading bytes, for loading and playback. */
  readonly byteLimits: ByteLimits;
}

/** Values of {@link LoadingOptions.autoSearchPrefix}. */
export const autoSearchPrefixes = Object.freeze(["ytsearch", "search"] as const);

/** Name of a source that can be enabled or disabled. */
export type SourceName =
  | "youtube"
  | "soundcloud"
  | "bandcamp"
  | "vimeo"
  | "twitch"
  | "beam"
  | "search"
  | "http"
  | "local";

/** Playback and encoding. */
export interface PlayingOptions {
  /** Bit rate of encoded audio in bit/s, 6 000 to 510 000. Default 128 000. */
  readonly bitrate: number;
  /**
   * Complexity of the encoder, 0 to 10: higher values sound slightly better and use much more CPU. Default 5.
   */
  readonly complexity: number;
  /** Number of audio worker threads, 1 to 256; null for one per processor. Default null. */
  readonly threads: number | null;
  /** Maximum number of players per user. Default 5 000. */
  readonly maxPlayersPerUser: number;
  /**
   * File in which sessions of Lavalink 4 that can be resumed are kept with their players, encrypted, so that the next
   * process continues them; null for none. Default null.
   */
  readonly keepFile: string | null;
  /** Time without audio after which a track counts as stuck, in ms. Default 10 000. */
  readonly stuckThresholdMs: number;
}

/** Audio streams over HTTP. */
export interface StreamingOptions {
  /** Maximum listeners of one player. Default 1 000. */
  readonly maxListenersPerPlayer: number;
  /** Maximum streams opened with one link. Default 500. */
  readonly maxListenersPerLink: number;
  /**
   * Maximum streams of one address; an IPv6 /64 network counts as one. Does not apply to the own machine, except for
   * clients that a proxy there reports with `X-Forwarded-For`. Default 50.
   */
  readonly maxListenersPerAddress: number;
  /** Maximum listeners of all players together. Default 5 000. */
  readonly maxListeners: number;
  /**
   * Maximum bytes that a listener has not read; above it the stream is closed. Default 262 144, about 15 s.
   */
  readonly maxBufferedBytes: number;
  /** Default lifetime of a link in seconds. Default 3 600. */
  readonly ttlSeconds: number;
  /** Maximum lifetime of a link in seconds. Default 86 400. */
  readonly maxTtlSeconds: number;
}

/** Artwork of tracks. */
export interface ArtworkOptions {
  /** Maximum size of a picture in bytes; larger ones are ignored. Default 8 388 608. */
  readonly maxBytes: number;
  /**
   * Maximum pictures read and sent concurrently; further ones wait. Each is held in memory once. Default 16.
   */
  readonly maxAtOnce: number;
}

/** Connections to Discord voice calls. */
export interface VoiceOptions {
  /**
   * Time limit from a voice server update, or the loss of a connection, until audio can be sent, in ms.
   * Default 15 000.
   */
  readonly connectTimeoutMs: number;
  /** Attempts to resume a lost session; each waits one second longer than the last. Default 5. */
  readonly resumeAttempts: number;
  /** PEM file with additional certificate authorities for voice servers. Default: none. */
  readonly certificateAuthority: string | null;
}

/** Announcements over NATS, by which bots discover the node. */
export interface AnnouncingOptions {
  /**
   * NATS servers for announcements: comma-separated addresses such as `nats://host:4222` or
   * `tls://host:4222?ca=FILE&credentials=FILE`. Requires a password, which signs the announcements. Default: none.
   */
  readonly nats: string | null;
  /**
   * Address at which bots reach the node: `host:port`, or an `http` or `https` URL with an optional path.
   * Default: the address it listens on, or the machine's first address if it listens on all of them.
   */
  readonly address: string | null;
  /** URL at which listeners reach the node, `http` or `https`. Default: the same as for bots. */
  readonly listenUrl: string | null;
  /** Maximum time for bots to move their players before the node shuts down, in ms. Default 5 000. */
  readonly drainMs: number;
}

/** Complete settings of a node, with defaults applied. */
export interface NodeSettings {
  /** Password of clients; null for none, but see {@link NodeSettings.open}. Default null. */
  readonly password: string | null;
  /** Whether other machines may use the node without a password. Default false. */
  readonly open: boolean;
  /**
   * Region reported to clients, which may select nodes by it: visible ASCII characters and spaces. Default
   * `unknown`.
   */
  readonly region: string;
  /** Node id reported to clients: visible ASCII characters and spaces. Default `unknown`. */
  readonly id: string;
  /** HTTP server. */
  readonly http: HttpOptions;
  /** WebSockets. */
  readonly webSocket: WebSocketOptions;
  /** Prometheus. */
  readonly metrics: MetricsOptions;
  /** Sources and loading. */
  readonly loading: LoadingOptions;
  /** Playback. */
  readonly playing: PlayingOptions;
  /** Audio streams over HTTP. */
  readonly streaming: StreamingOptions;
  /** Artwork. */
  readonly artwork: ArtworkOptions;
  /** Discord voice. */
  readonly voice: VoiceOptions;
  /** Announcements. */
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

/** Options of {@link createNode}: {@link NodeSettings} with all fields optional. */
export type AndesiteNodeOptions = Partial<Omit<NodeSettings, OptionGroup>> & {
  readonly [Group in Exclude<OptionGroup, "loading">]?: Partial<NodeSettings[Group]>;
} & {
  /** Sources and loading. */
  readonly loading?: Partial<Omit<LoadingOptions, "sources" | "limits" | "byteLimits">> & {
    readonly [Part in "sources" | "limits" | "byteLimits"]?: Partial<LoadingOptions[Part]>;
  };
  /** Receives log entries. Default: none are written. */
  readonly logger?: Logger;
};

const freeze = <const Value extends object>(value: Value): Readonly<Value> => Object.freeze(value);

const { artworkBytes: _ofArtwork, ...loadingLimits } = defaultLoadingLimits;

/** Default settings. */
export const defaultNodeOptions: NodeSettings = freeze({
  password: null,
  open: false,
  region: "unknown",
  id: "unknown",
  http: freeze({
    host: null,
    port: 5_000,
    rest: true,
    lavalink3: false,
    nodelink: false,
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
      search: true,
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
    keepFile: null,
    maxPlayersPerUser: 5_000,
    stuckThresholdMs: 10_000,
  }),
  streaming: freeze({
    maxListenersPerPlayer: 1_000,
    maxListenersPerLink: 500,
    maxListenersPerAddress: 50,
    maxListeners: 5_000,
    maxBufferedBytes: 262_144,
    ttlSeconds: 3_600,
    maxTtlSeconds: 86_400,
  }),
  artwork: freeze({ maxBytes: 8_388_608, maxAtOnce: 16 }),
  voice: freeze({ connectTimeoutMs: 15_000, resumeAttempts: 5, certificateAuthority: null }),
  announcing: freeze({ nats: null, address: null, listenUrl: null, drainMs: 5_000 }),
});
