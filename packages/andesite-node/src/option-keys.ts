import { maxTimerMs } from "@asterite/util";
import { limitKeys } from "./option-limit-keys.ts";
import { autoSearchPrefixes, defaultNodeOptions, type NodeSettings, type OptionGroup } from "./options.ts";

/** Format of a text option. Values of a `secret` are never shown. */
export type TextFormat =
  | "name"
  | "path"
  | "address"
  | "file"
  | "folder"
  | "node-address"
  | "url"
  | "secret"
  | "nats";

/** Type and range of an option. */
export type OptionKind =
  | { readonly type: "flag" }
  /** Integer from `min` to `max`. */
  | { readonly type: "integer"; readonly min: number; readonly max: number; readonly unit?: string }
  | { readonly type: "text"; readonly format: TextFormat }
  | { readonly type: "choice"; readonly of: readonly string[] }
  | { readonly type: "list" };

/** Option with the key that files, environment variables and `--set` use. */
export interface OptionKey {
  /** Key, such as `andesite.transport.http.port`. */
  readonly key: string;
  /** Property path in {@link NodeSettings}. */
  readonly path: readonly string[];
  /** Type and range. */
  readonly kind: OptionKind;
  /** One-line description. */
  readonly help: string;
  /** Default value. */
  readonly fallback: unknown;
}

const mebibyte = 1_048_576;

const flag = { type: "flag" } as const;
const integer = (min: number, max: number, unit?: string): OptionKind => ({
  type: "integer",
  min,
  max,
  ...(unit !== undefined && { unit }),
});
const timer = (min: number): OptionKind => integer(min, maxTimerMs, "ms");
const bytes = (max: number): OptionKind => integer(1_024, max, "bytes");
const count = integer(1, 10_000_000);
const text = (format: TextFormat): OptionKind => ({ type: "text", format });

type Row = readonly [key: string, kind: OptionKind, help: string];

/** Keys without the prefix. Options of the original node keep their keys. */
const ungroupedRows: { readonly [Name in Exclude<keyof NodeSettings, OptionGroup>]: Row } = {
  password: ["password", text("secret"), "password of clients; without one, only this machine has access"],
  open: ["open", flag, "allow access from other machines without a password"],
  region: ["node.region", text("name"), "region of the node, reported to clients"],
  id: ["node.id", text("name"), "id of the node, reported to clients"],
};

const http = "transport.http";
const ws = "transport.ws";

const groupedRows: {
  readonly [Group in OptionGroup]: { readonly [Name in keyof NodeSettings[Group]]-?: Row | null };
} = {
  http: {
    host: [`${http}.bind-address`, text("address"), "address to listen on"],
    port: [`${http}.port`, integer(0, 65_535), "port to listen on; 0 for any free port"],
    rest: [`${http}.rest`, flag, "serve the HTTP API"],
    lavalink3: ["lavalink.rest", flag, "also send the fields that only Lavalink 3 has"],
    nodelink: ["lavalink.nodelink", flag, "offer mixing, gapless play and crossfades to NodeLink clients"],
    webSocket: [`${http}.ws`, flag, "accept WebSockets"],
    maxBodyBytes: [`${http}.max-body-bytes`, bytes(64 * mebibyte), "maximum size of a request body"],
    maxHeaderBytes: [`${http}.max-header-bytes`, bytes(mebibyte), "maximum size of request headers"],
    maxConnections: [`${http}.max-connections`, count, "maximum concurrent connections"],
    headersTimeoutMs: [`${http}.headers-timeout`, timer(1), "time limit for the headers of a request"],
    requestTimeoutMs: [`${http}.request-timeout`, timer(1), "time limit for an entire request"],
    keepAliveTimeoutMs: [`${http}.keep-alive-timeout`, timer(1), "how long an idle connection stays open"],
  },
  webSocket: {
    lavalinkPath: ["lavalink.ws-path", text("path"), "path of WebSockets in the dialect of Lavalink 3"],
    maxMessageBytes: [`${ws}.max-message-bytes`, bytes(64 * mebibyte), "maximum size of a message"],
    maxSockets: [`${ws}.max-sockets`, count, "maximum open WebSockets"],
    maxQueuedBytes: [
      `${ws}.max-queued-bytes`,
      bytes(1_024 * mebibyte),
      "maximum events queued for a slow client",
    ],
    pingIntervalMs: [`${ws}.ping-interval`, timer(0), "interval of pings; 0 disables them"],
    lavalinkStatsMs: ["lavalink.stats-interval", timer(100), "interval of statistics for Lavalink clients"],
    maxBufferMs: [
      `${ws}.max-buffer-time`,
      timer(1),
      "maximum time that events are buffered for a lost connection",
    ],
    maxBufferMessages: [`${ws}.max-buffer-messages`, count, "maximum events buffered for a lost connection"],
    maxBufferBytes: [
      `${ws}.max-buffer-bytes`,
      bytes(1_024 * mebibyte),
      "maximum size of the events buffered for a lost connection",
    ],
    maxBuffers: [`${ws}.max-buffers`, count, "maximum lost connections with buffered events"],
  },
  metrics: {
    enabled: ["prometheus.enabled", flag, "serve Prometheus metrics, without a password"],
    path: ["prometheus.path", text("path"), "path of the metrics"],
  },
  loading: {
    autoSearch: ["auto-ytsearch", flag, "search for identifiers that are not URLs"],
    autoSearchPrefix: [
      "auto-search-prefix",
      { type: "choice", of: autoSearchPrefixes },
      "search for non-URLs: ytsearch (YouTube) or search (music folders)",
    ],
    // Each of their members has a key of its own, see `rows`.
    sources: null,
    limits: null,
    byteLimits: null,
    musicFolders: ["local.folders", { type: "list" }, "folders with music"],
    dataFolder: [
      "local.data-folder",
      text("folder"),
      "folder in which the music index is kept between restarts",
    ],
    allowPrivateAddresses: [
      "network.allow-private-addresses",
      flag,
      "allow tracks from private networks and this machine",
    ],
    userAgent: ["network.user-agent", text("name"), "User-Agent of HTTP requests"],
    ytDlp: [
      "yt-dlp.path",
      text("file"),
      "path of yt-dlp, for web pages and searches; auto for the one in PATH",
    ],
    maxPlaylistPages: [
      "lavaplayer.youtube.max-playlist-page-count",
      integer(1, 1_000),
      "maximum pages of 100 tracks loaded from a YouTube playlist",
    ],
  },
  playing: {
    bitrate: ["opus.bitrate", integer(6_000, 510_000, "bit/s"), "bit rate of the encoder"],
    complexity: ["opus.complexity", integer(0, 10), "complexity of the encoder, 0 to 10"],
    threads: ["audio.threads", integer(1, 256), "audio worker threads; default: one per processor"],
    maxPlayersPerUser: ["players.max-per-user", count, "maximum players per user"],
    keepFile: [
      "players.keep-file",
      text("file"),
      "file that keeps players of Lavalink 4 sessions over a restart",
    ],
    stuckThresholdMs: [
      "players.stuck-threshold",
      timer(1),
      "time without audio after which a track counts as stuck",
    ],
  },
  streaming: {
    maxListenersPerPlayer: ["listen.max-per-player", count, "maximum listeners of one player"],
    maxListenersPerLink: ["listen.max-per-link", count, "maximum streams of one link"],
    maxListenersPerAddress: [
      "listen.max-per-address",
      count,
      "maximum streams of one address other than this machine",
    ],
    maxListeners: ["listen.max", count, "maximum listeners of all players"],
    maxBufferedBytes: [
      "listen.max-buffered-bytes",
      bytes(64 * mebibyte),
      "maximum audio queued for a slow listener",
    ],
    ttlSeconds: ["listen.ttl", integer(1, 31_536_000, "s"), "default lifetime of a stream link"],
    maxTtlSeconds: ["listen.max-ttl", integer(1, 31_536_000, "s"), "maximum lifetime of a stream link"],
  },
  artwork: {
    maxBytes: [
      "artwork.max-bytes",
      bytes(16 * mebibyte),
      "maximum size of artwork; larger pictures are ignored",
    ],
    maxAtOnce: ["artwork.max-at-once", count, "maximum pictures read and sent concurrently"],
  },
  voice: {
    connectTimeoutMs: ["voice.connect-timeout", timer(1), "time limit for connecting to a call"],
    resumeAttempts: ["voice.resume-attempts", integer(0, 100), "attempts to resume a lost voice session"],
    certificateAuthority: [
      "voice.certificate-authority",
      text("file"),
      "additional certificate authorities for voice servers (PEM)",
    ],
  },
  announcing: {
    nats: [
      "announce.nats",
      text("nats"),
      "NATS servers by which bots discover the node; requires a password",
    ],
    address: [
      "announce.address",
      text("node-address"),
      "address for bots, if it differs from the listen address",
    ],
    listenUrl: [
      "announce.listen-url",
      text("url"),
      "URL for listeners, if it differs from the address for bots",
    ],
    drainMs: ["announce.drain-timeout", timer(0), "time for bots to move players before the node shuts down"],
  },
};

/** Returns whether values of an option may contain a password and must not be shown. */
export const isSecret = ({ kind }: OptionKey): boolean =>
  kind.type === "text" && (kind.format === "secret" || kind.format === "nats");

/** Prefix of all keys. */
export const keyPrefix = "andesite.";

function* rows(): Generator<OptionKey> {
  const make = ([key, kind, help]: Row, path: readonly string[], fallback: unknown): OptionKey =>
    Object.freeze({ key: keyPrefix + key, path, kind, help, fallback });
  for (const [name, row] of Object.entries(ungroupedRows)) {
    yield make(row, [name], defaultNodeOptions[name as keyof typeof ungroupedRows]);
  }
  for (const [group, table] of Object.entries(groupedRows)) {
    const defaults: Readonly<Record<string, unknown>> = { ...defaultNodeOptions[group as OptionGroup] };
    for (const [name, row] of Object.entries<Row | null>(table)) {
      if (row) yield make(row, [group, name], defaults[name]);
    }
  }
  for (const [source, fallback] of Object.entries(defaultNodeOptions.loading.sources)) {
    yield make(
      [`source.${source}`, flag, `enable the source ${source}`],
      ["loading", "sources", source],
      fallback,
    );
  }
  for (const { key, path, min, max, unit, help, fallback } of limitKeys) {
    yield make([key, integer(min, max, unit), help], ["loading", ...path], fallback);
  }
}

/** All options of the node, in the order of the documentation. */
export const optionKeys: readonly OptionKey[] = Object.freeze([...rows()]);

/**
 * Keys of the original node without an equivalent here, without the prefix. One that ends with a dot matches
 * all keys below it. They are accepted, so that configurations of the original node work unchanged.
 */
const ignoredKeys = [
  "extra-plugins",
  "debug-password",
  "audio-handler",
  "prometheus.update-period",
  "sentry.",
  "lavaplayer.frame-buffer-duration",
  "lavaplayer.non-allocating",
  "lavaplayer.youtube.rotation.",
  "magma.",
  "koe.",
  "jvm.",
] as const;

/** Returns whether a key of the original node has no equivalent here and is ignored. */
export const isIgnoredKey = (key: string): boolean =>
  ignoredKeys.some((known) =>
    known.endsWith(".") ? key.startsWith(keyPrefix + known) : key === keyPrefix + known,
  );

/**
 * Returns the environment variable of a key: `ANDESITE_TRANSPORT_HTTP_PORT` for
 * `andesite.transport.http.port`.
 */
export const environmentVariable = (key: string): string => key.replaceAll(/[.-]/g, "_").toUpperCase();
