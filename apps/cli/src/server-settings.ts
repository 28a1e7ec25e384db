import { join } from "node:path";
import { defaultServerOptions, type TlsOptions } from "@asterite/aster-server";
import { InvalidArgumentError } from "commander";
import { ConfigError } from "./config-file.ts";
import { logLevels } from "./logging.ts";
import { oneOf, port, type Setting, type SettingValues, text, yes } from "./settings.ts";

/** Three weeks, a little less than the longest time that a timer can wait. */
const longestIdleSeconds = 1_814_400;

const idleSeconds = (given: string): number => {
  if (given === "off") return Number.POSITIVE_INFINITY;
  const value = Number(given);
  if (!Number.isFinite(value) || value < 1 || value > longestIdleSeconds) {
    throw new InvalidArgumentError(`It must be a number of seconds from 1 to ${longestIdleSeconds}, or off.`);
  }
  return value;
};

const requestRate = (given: string): number => {
  if (given === "off") return Number.POSITIVE_INFINITY;
  const value = Number(given);
  if (!Number.isFinite(value) || value < 1) {
    throw new InvalidArgumentError("It must be a number of requests per second, at least 1, or off.");
  }
  return value;
};

const webAddress = (given: string): string => {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new InvalidArgumentError("It must be an address that begins with http:// or https://.");
  }
  return given;
};

const version = (given: string): readonly [number, number, number] => {
  const [major, minor, patch, ...more] = given.split(".").map(Number);
  const isByte = (part: number | undefined): part is number =>
    part !== undefined && Number.isInteger(part) && part >= 0 && part <= 255;
  if (!isByte(major) || !isByte(minor) || !isByte(patch) || more.length > 0) {
    throw new InvalidArgumentError("It must be three numbers from 0 to 255, for example 0.2.0.");
  }
  return [major, minor, patch];
};

const setting = <const Value extends Setting<unknown>>(value: Value): Value => value;

/** What `asterite server` can be told. The keys of the reference server's config.json keep their names. */
export const serverSettings = {
  host: setting({
    flag: "--host <address>",
    help: "address to listen on",
    env: "ASTERITE_HOST",
    key: "addr",
    fallback: "0.0.0.0",
    fallbackText: "0.0.0.0, every IPv4 address",
    parse: text,
  }),
  port: setting({
    flag: "--port <number>",
    help: "port for raw lines and WebSocket; 0 picks a free one",
    env: "ASTERITE_PORT",
    key: "port",
    fallback: 2345,
    parse: port,
  }),
  data: setting({
    flag: "--data <dir>",
    help: "folder for the database and the certificate",
    env: "ASTERITE_DATA",
    key: "data",
    fallback: "data",
    parse: text,
  }),
  database: setting({
    flag: "--database <file>",
    help: "SQLite file, if it is not aster.db in the data folder; or postgres://user:password@host/name",
    env: "ASTERITE_DATABASE",
    key: "database_file",
    parse: text,
  }),
  nats: setting({
    flag: "--nats <addresses>",
    help: "NATS between servers of one PostgreSQL database, such as nats://host:4222; several with commas",
    env: "ASTERITE_NATS",
    key: "nats",
    parse: text,
  }),
  scratchDb: setting({
    flag: "--scratch-db [bool]",
    help: "keep the database in memory: everything is gone when the server stops",
    env: "ASTERITE_SCRATCH_DB",
    key: "scratch_db",
    fallback: false,
    parse: yes,
  }),
  name: setting({
    flag: "--name <text>",
    help: "name that clients show, at most 64 characters",
    env: "ASTERITE_NAME",
    key: "name",
    parse: text,
  }),
  icon: setting({
    flag: "--icon <file>",
    help: "PNG that clients show",
    env: "ASTERITE_ICON",
    key: "icon",
    parse: text,
  }),
  defaultPicture: setting({
    flag: "--default-picture <file>",
    help: "PNG that new accounts get",
    env: "ASTERITE_DEFAULT_PICTURE",
    key: "default_pfp",
    parse: text,
  }),
  cert: setting({
    flag: "--cert <file>",
    help: "certificate chain, PEM; without it the server makes a self-signed one",
    env: "ASTERITE_CERT",
    key: "certificate_chain",
    parse: text,
  }),
  key: setting({
    flag: "--key <file>",
    help: "private key of --cert, PEM",
    env: "ASTERITE_KEY",
    key: "private_key",
    parse: text,
  }),
  insecurePlaintext: setting({
    flag: "--insecure-plaintext [bool]",
    help: "no TLS: passwords travel in plain text",
    env: "ASTERITE_INSECURE_PLAINTEXT",
    key: "insecure_plaintext",
    fallback: false,
    parse: yes,
  }),
  rateLimit: setting({
    flag: "--rate-limit <number>",
    help: "requests per second that a connection may send, or off",
    env: "ASTERITE_RATE_LIMIT",
    key: "rate_limit",
    fallback: 100,
    parse: requestRate,
  }),
  idleTimeout: setting({
    flag: "--idle-timeout <seconds>",
    help: "cut connections that send nothing for this long; off, because many clients just listen",
    env: "ASTERITE_IDLE_TIMEOUT",
    key: "idle_timeout",
    fallback: Number.POSITIVE_INFINITY,
    fallbackText: "off",
    parse: idleSeconds,
  }),
  web: setting({
    flag: "--web [bool]",
    help: "serve the web client where the chat is, to browsers that ask",
    env: "ASTERITE_WEB",
    key: "web",
    fallback: false,
    parse: yes,
  }),
  plainPort: setting({
    flag: "--plain-port <number>",
    help: "another port for the same, of this machine alone and without TLS; 0 picks a free one",
    env: "ASTERITE_PLAIN_PORT",
    key: "plain_port",
    parse: port,
  }),
  listenFrom: setting({
    flag: "--listen-from <url>",
    help: "audio node whose sound and pictures are served beside the web client",
    env: "ASTERITE_LISTEN_FROM",
    key: "listen_from",
    parse: webAddress,
  }),
  statusPort: setting({
    flag: "--status-port <number>",
    help: "port of this machine alone for /health and /metrics (Prometheus); 0 picks a free one",
    env: "ASTERITE_STATUS_PORT",
    key: "status_port",
    parse: port,
  }),
  apiVersion: setting({
    flag: "--api-version <version>",
    help: "protocol version told to clients; asterpy 0.6 and newer wants 1.0.0, older ones 0.2.0",
    env: "ASTERITE_API_VERSION",
    key: "api_version",
    fallback: defaultServerOptions.apiVersion,
    fallbackText: defaultServerOptions.apiVersion.join("."),
    parse: version,
  }),
  logLevel: setting({
    flag: "--log-level <level>",
    help: `how much to log: ${logLevels.join(", ")}`,
    env: "ASTERITE_LOG_LEVEL",
    key: "log_level",
    fallback: "info",
    parse: oneOf(...logLevels),
  }),
};

/** The values of {@link serverSettings}. */
export type ServerValues = SettingValues<typeof serverSettings>;

/** Where the database is: a file, `:memory:`, or an address of PostgreSQL. */
export const databaseFile = ({ scratchDb, database, data }: ServerValues): string =>
  scratchDb ? ":memory:" : (database ?? join(data, "aster.db"));

/**
 * How the server is secured.
 *
 * @throws ConfigError where the settings contradict each other.
 */
export function tlsOptions({ cert, key, insecurePlaintext, data }: ServerValues): TlsOptions {
  if (insecurePlaintext) {
    if (cert !== undefined || key !== undefined) {
      throw new ConfigError("--insecure-plaintext and --cert or --key contradict each other");
    }
    return "insecure-plaintext";
  }
  if (cert !== undefined && key !== undefined) return { certificateFile: cert, keyFile: key };
  if (cert !== undefined || key !== undefined) throw new ConfigError("--cert and --key are needed together");
  return { directory: data };
}
