import { readFileSync } from "node:fs";
import { keyPrefix } from "@asterite/andesite-node/configuration";
import { isRecord } from "@asterite/util";
import { parse } from "yaml";
import { ConfigError } from "../config-file.ts";
import { logLevelKey } from "./node-flags.ts";

/** Settings of Lavalink by the keys of the node. */
export interface LavalinkConfig {
  readonly values: Readonly<Record<string, unknown>>;
  /** Keys of the file without a counterpart. */
  readonly ignored: readonly string[];
}

/** Port of Lavalink where its file names none. */
const defaultPort = 2_333;

const server = "lavalink.server";
const portKey = "transport.http.port";

/** Keys of Lavalink, and their counterparts without the prefix. */
const counterparts: Readonly<Record<string, string>> = Object.freeze({
  "server.port": portKey,
  "server.address": "transport.http.bind-address",
  [`${server}.password`]: "password",
  ...Object.fromEntries(
    ["youtube", "soundcloud", "bandcamp", "vimeo", "twitch", "http", "local"].map((name) => [
      `${server}.sources.${name}`,
      `source.${name}`,
    ]),
  ),
  [`${server}.opusEncodingQuality`]: "opus.complexity",
  [`${server}.trackStuckThresholdMs`]: "players.stuck-threshold",
  [`${server}.youtubePlaylistLoadLimit`]: "lavaplayer.youtube.max-playlist-page-count",
  "metrics.prometheus.enabled": "prometheus.enabled",
  "metrics.prometheus.endpoint": "prometheus.path",
});

/**
 * Reads an `application.yml` of Lavalink 4.
 *
 * @throws ConfigError naming the file.
 */
export function readLavalinkConfig(file: string): LavalinkConfig {
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`cannot read Lavalink configuration ${file}: ${reason}`, { cause: error });
  }
  if (!isRecord(content)) throw new ConfigError(`Lavalink configuration ${file} must contain keys`);
  const values: Record<string, unknown> = { [keyPrefix + portKey]: defaultPort };
  const ignored: string[] = [];
  for (const [key, value] of leaves(content)) {
    if (key === "logging.level.root") values[logLevelKey] = value;
    else if (Object.hasOwn(counterparts, key)) values[keyPrefix + String(counterparts[key])] = value;
    else ignored.push(key);
  }
  return { values, ignored };
}

/** Returns the values by dotted key, without those that are empty. */
function* leaves(content: Readonly<Record<string, unknown>>, prefix = ""): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(content)) {
    const key = prefix + name;
    if (isRecord(value)) yield* leaves(value, `${key}.`);
    else if (value !== null && value !== undefined && value !== "") yield [key, value];
  }
}
