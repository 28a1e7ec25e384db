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
  | { readonly type: "text"; readonly form: TextFormat }
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
const text = (form: TextFormat): OptionKind => ({ type: "text", form });

type Row = readonly [key: string, kind: OptionKind, help: string];

/** Keys without the prefix. Options of the original node keep their keys. */
const ungroupedRows: { readonly [Name in Exclude<keyof NodeSettings, OptionGroup>]: Row } = {
  password: ["password", text("secret"), "what clients must know; none lets everybody on this machine in"],
  open: ["open", flag, "without a password, be reachable from other machines all the same"],
  region: ["node.region", text("name"), "region told to clients"],
  id: ["node.id", text("name"), "name of this node told to clients"],
};

const http = "transport.http";
const ws = "transport.ws";

const groupedRows: {
  readonly [Group in OptionGroup]: { readonly [Name in keyof NodeSettings[Group]]-?: Row | null };
} = {
  http: {
    host: [`${http}.bind-address`, text("address"), "address to listen on"],
    port: [`${http}.port`, integer(0, 65_535), "port; 0 picks a free one"],
    rest: [`${http}.rest`, flag, "HTTP routes"],
    webSocket: [`${http}.ws`, flag, "WebSockets"],
    maxBodyBytes: [`${http}.max-body-bytes`, bytes(64 * mebibyte), "size of a request's body"],
    maxHeaderBytes: [`${http}.max-header-bytes`, bytes(mebibyte), "size of a request's headers"],
    maxConnections: [`${http}.max-connections`, count, "connections at one time"],
    headersTimeoutMs: [`${http}.headers-timeout`, timer(1), "time for the headers of a request"],
    requestTimeoutMs: [`${http}.request-timeout`, timer(1), "time for a whole request"],
    keepAliveTimeoutMs: [`${http}.keep-alive-timeout`, timer(1), "how long an idle connection is kept"],
  },
  webSocket: {
    lavalinkPath: ["lavalink.ws-path", text("path"), "path of WebSockets in the dialect of Lavalink 3"],
    maxMessageBytes: [`${ws}.max-message-bytes`, bytes(64 * mebibyte), "size of a message"],
    maxSockets: [`${ws}.max-sockets`, count, "WebSockets at one time"],
    maxQueuedBytes: [`${ws}.max-queued-bytes`, bytes(1_024 * mebibyte), "events that wait for a slow client"],
    pingIntervalMs: [`${ws}.ping-interval`, timer(0), "how often clients are pinged; 0 is never"],
    lavalinkStatsMs: [
      "lavalink.stats-interval",
      timer(100),
      "how often Lavalink clients are sent statistics",
    ],
    maxBufferMs: [`${ws}.max-buffer-time`, timer(1), "how long events are kept for a lost client"],
    maxBufferMessages: [`${ws}.max-buffer-messages`, count, "events kept for a lost client"],
    maxBufferBytes: [`${ws}.max-buffer-bytes`, bytes(1_024 * mebibyte), "size of the events kept for it"],
    maxBuffers: [`${ws}.max-buffers`, count, "lost clients for which events are kept"],
  },
  metrics: {
    enabled: ["prometheus.enabled", flag, "serve numbers for Prometheus, without a password"],
    path: ["prometheus.path", text("path"), "their path"],
  },
  loading: {
    autoSearch: ["auto-ytsearch", flag, "search YouTube for what is no address"],
    autoSearchPrefix: [
      "auto-search-prefix",
      { type: "choice", of: autoSearchPrefixes },
      "what that search is: ytsearch, or search for the music folders",
    ],
    // Each of their members has a key of its own, see `rows`.
    sources: null,
    limits: null,
    byteLimits: null,
    musicFolders: ["local.folders", { type: "list" }, "folders with music that can be played"],
    dataFolder: ["local.data-folder", text("folder"), "folder for the index of the music, over restarts"],
    allowPrivateAddresses: [
      "network.allow-private-addresses",
      flag,
      "play from private networks and this machine too",
    ],
    userAgent: ["network.user-agent", text("name"), "what the node calls itself on the web"],
    ytDlp: ["yt-dlp.path", text("file"), "the program yt-dlp, for web pages and searches"],
    maxPlaylistPages: [
      "lavaplayer.youtube.max-playlist-page-count",
      integer(1, 1_000),
      "pages of 100 tracks that are loaded of a playlist",
    ],
  },
  playing: {
    bitrate: ["opus.bitrate", integer(6_000, 510_000, "bit/s"), "bit rate of what is encoded"],
    complexity: ["opus.complexity", integer(0, 10), "effort of the encoder"],
    threads: ["audio.threads", integer(1, 256), "threads that carry audio; one per processor"],
    maxPlayersPerUser: ["players.max-per-user", count, "players of one user"],
    stuckThresholdMs: ["players.stuck-threshold", timer(1), "time without audio until a track is stuck"],
  },
  streaming: {
    maxListenersPerPlayer: ["listen.max-per-player", count, "listeners of one player"],
    maxListeners: ["listen.max", count, "listeners of all players"],
    maxBufferedBytes: [
      "listen.max-buffered-bytes",
      bytes(64 * mebibyte),
      "what may wait for a slow listener",
    ],
    ttlSeconds: ["listen.ttl", integer(1, 31_536_000, "s"), "how long a link opens the door"],
    maxTtlSeconds: ["listen.max-ttl", integer(1, 31_536_000, "s"), "the longest time that may be asked for"],
  },
  artwork: {
    maxBytes: ["artwork.max-bytes", bytes(16 * mebibyte), "size of a track's picture"],
    maxAtOnce: ["artwork.max-at-once", count, "pictures that are read and sent at one time"],
  },
  voice: {
    connectTimeoutMs: ["voice.connect-timeout", timer(1), "time until a call is reached"],
    resumeAttempts: ["voice.resume-attempts", integer(0, 100), "tries to resume a lost session"],
    certificateAuthority: [
      "voice.certificate-authority",
      text("file"),
      "more authorities of voice servers, PEM",
    ],
  },
  announcing: {
    nats: ["announce.nats", text("nats"), "NATS servers over which bots find the node; needs a password"],
    address: ["announce.address", text("node-address"), "where bots reach the node, if not where it listens"],
    listenUrl: ["announce.listen-url", text("url"), "where listeners reach the node, if not where bots do"],
    drainMs: ["announce.drain-timeout", timer(0), "time for bots to move players before the node ends"],
  },
};

/** Returns whether values of an option may contain a password and must not be shown. */
export const isSecret = ({ kind }: OptionKey): boolean =>
  kind.type === "text" && (kind.form === "secret" || kind.form === "nats");

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
    yield make([`source.${source}`, flag, `tracks of ${source}`], ["loading", "sources", source], fallback);
  }
  for (const { key, path, min, max, unit, help, fallback } of limitKeys) {
    yield make([key, integer(min, max, unit ?? undefined), help], ["loading", ...path], fallback);
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
