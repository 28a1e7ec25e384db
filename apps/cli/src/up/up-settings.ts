import { logLevels } from "../logging.ts";
import { oneOf, port, type Setting, type SettingValues, text } from "../settings.ts";

const setting = <const Value extends Setting<unknown>>(value: Value): Value => value;

/** What `asterite up` can be told. */
export const upSettings = {
  host: setting({
    flag: "--host <address>",
    help: "address to listen on for others",
    env: "ASTERITE_HOST",
    key: "addr",
    fallback: "0.0.0.0",
    fallbackText: "0.0.0.0, every IPv4 address",
    parse: text,
  }),
  port: setting({
    flag: "--port <number>",
    help: "port for others: chat and page over TLS; 0 picks a free one",
    env: "ASTERITE_PORT",
    key: "port",
    fallback: 2345,
    parse: port,
  }),
  webPort: setting({
    flag: "--web-port <number>",
    help: "port of this machine alone: chat and page without TLS; 0 picks a free one",
    env: "ASTERITE_WEB_PORT",
    key: "web_port",
    fallback: 8080,
    parse: port,
  }),
  data: setting({
    flag: "--data <dir>",
    help: "folder for database, certificate, and what the bot remembers",
    env: "ASTERITE_DATA",
    key: "data",
    fallback: "data",
    parse: text,
  }),
  music: setting({
    flag: "--music <dir>",
    help: "folder with music; made, with two pieces in it, if it is not there",
    env: "ASTERITE_MUSIC",
    key: "music",
    fallback: "music",
    parse: text,
  }),
  name: setting({
    flag: "--name <text>",
    help: "name that clients show, at most 64 characters",
    env: "ASTERITE_NAME",
    key: "name",
    parse: text,
  }),
  logLevel: setting({
    flag: "--log-level <level>",
    help: `how much of what the parts say is shown: ${logLevels.join(", ")}`,
    env: "ASTERITE_LOG_LEVEL",
    key: "log_level",
    fallback: "warn",
    parse: oneOf(...logLevels),
  }),
};

/** The values of {@link upSettings}. */
export type UpValues = SettingValues<typeof upSettings>;
