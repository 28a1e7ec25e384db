import { logLevels } from "../logging.ts";
import { parseVersion } from "../setting-parsers.ts";
import { parseNonEmpty, parseOneOf, parsePort, type Setting, type SettingValues } from "../settings.ts";

const setting = <const Value extends Setting<unknown>>(value: Value): Value => value;

/** Settings of `asterite up`. */
export const upSettings = {
  host: setting({
    flag: "--host <address>",
    help: "address to listen on for other machines",
    env: "ASTERITE_HOST",
    key: "addr",
    fallback: "0.0.0.0",
    fallbackText: "0.0.0.0, every IPv4 address",
    parse: parseNonEmpty,
  }),
  port: setting({
    flag: "--port <number>",
    help: "port for other machines: chat and web client over TLS; 0 picks a free one",
    env: "ASTERITE_PORT",
    key: "port",
    fallback: 2345,
    parse: parsePort,
  }),
  webPort: setting({
    flag: "--web-port <number>",
    help: "loopback port: chat and web client without TLS; 0 picks a free one",
    env: "ASTERITE_WEB_PORT",
    key: "web_port",
    fallback: 8080,
    parse: parsePort,
  }),
  data: setting({
    flag: "--data <dir>",
    help: "folder for the database, certificate and bot data",
    env: "ASTERITE_DATA",
    key: "data",
    fallback: "data",
    parse: parseNonEmpty,
  }),
  music: setting({
    flag: "--music <dir>",
    help: "music folder; created with two sample tracks if missing",
    env: "ASTERITE_MUSIC",
    key: "music",
    fallback: "music",
    parse: parseNonEmpty,
  }),
  name: setting({
    flag: "--name <text>",
    help: "server name shown by clients, at most 64 characters",
    env: "ASTERITE_NAME",
    key: "name",
    parse: parseNonEmpty,
  }),
  registration: setting({
    flag: "--registration <mode>",
    help: "who may create accounts: local (all in the local network, others with a link of asterite admin invite), open (all), invite (with a link) or closed",
    env: "ASTERITE_REGISTRATION",
    key: "registration",
    fallback: "local",
    parse: parseOneOf("local", "open", "invite", "closed"),
  }),
  apiVersion: setting({
    flag: "--api-version <version>",
    help: "protocol version reported to all clients, e.g. 0.2.0 (default: 1.0.0, and none to clients in Python)",
    env: "ASTERITE_API_VERSION",
    key: "api_version",
    parse: parseVersion,
  }),
  logLevel: setting({
    flag: "--log-level <level>",
    help: `minimum level of the services' log lines: ${logLevels.join(", ")}`,
    env: "ASTERITE_LOG_LEVEL",
    key: "log_level",
    fallback: "warn",
    parse: parseOneOf(...logLevels),
  }),
};

/** Values of {@link upSettings}. */
export type UpValues = SettingValues<typeof upSettings>;
