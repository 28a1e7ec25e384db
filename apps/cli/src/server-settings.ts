import { join } from "node:path";
import {
  type CapacityLimits,
  defaultAuditLimits,
  defaultCapacityLimits,
  defaultPasswordPolicy,
  type ProxyOptions,
  proxyHeaders,
  type TlsOptions,
  unlimitedCapacity,
} from "@asterite/aster-server";
import { hasNatsCredentials } from "@asterite/nats";
import { ConfigError } from "./config-file.ts";
import { logLevels } from "./logging.ts";
import {
  parseCount,
  parseHttpUrl,
  parseIdleSeconds,
  parseNetworks,
  parsePasswordLength,
  parseRequestRate,
  parseVersion,
} from "./setting-parsers.ts";
import {
  parseBoolean,
  parseNonEmpty,
  parseOneOf,
  parsePort,
  type Setting,
  type SettingValues,
} from "./settings.ts";

const setting = <const Value extends Setting<unknown>>(value: Value): Value => value;

/** Settings of `asterite server`. Keys of the reference server's config.json keep their names. */
export const serverSettings = {
  host: setting({
    flag: "--host <address>",
    help: "address to listen on",
    env: "ASTERITE_HOST",
    key: "addr",
    fallback: "0.0.0.0",
    fallbackText: "0.0.0.0, every IPv4 address",
    parse: parseNonEmpty,
  }),
  port: setting({
    flag: "--port <number>",
    help: "port for TCP and WebSocket clients; 0 picks a free one",
    env: "ASTERITE_PORT",
    key: "port",
    fallback: 2345,
    parse: parsePort,
  }),
  trustedProxy: setting({
    flag: "--trusted-proxy <networks>",
    help: "reverse proxies whose reports of client addresses are believed, e.g. 10.0.0.0/8 (repeatable)",
    env: "ASTERITE_TRUSTED_PROXY",
    key: "trusted_proxy",
    parse: parseNetworks,
  }),
  proxyHeader: setting({
    flag: "--proxy-header <name>",
    help: `how they report them: ${proxyHeaders.join(", ")} (default: x-forwarded-for)`,
    env: "ASTERITE_PROXY_HEADER",
    key: "proxy_header",
    parse: parseOneOf(...proxyHeaders),
  }),
  data: setting({
    flag: "--data <dir>",
    help: "folder for the database and the certificate",
    env: "ASTERITE_DATA",
    key: "data",
    fallback: "data",
    parse: parseNonEmpty,
  }),
  database: setting({
    flag: "--database <file>",
    help: "SQLite file (default: aster.db in the data folder) or postgres://user:password@host/name",
    env: "ASTERITE_DATABASE",
    key: "database_file",
    parse: parseNonEmpty,
  }),
  nats: setting({
    flag: "--nats <addresses>",
    help: "NATS servers that connect several servers on one PostgreSQL database, e.g. tls://host:4222?ca=FILE&credentials=FILE, comma-separated",
    env: "ASTERITE_NATS",
    key: "nats",
    hasSecret: hasNatsCredentials,
    parse: parseNonEmpty,
  }),
  scratchDb: setting({
    flag: "--scratch-db [bool]",
    help: "keep the database in memory; all data is lost on exit",
    env: "ASTERITE_SCRATCH_DB",
    key: "scratch_db",
    fallback: false,
    parse: parseBoolean,
  }),
  name: setting({
    flag: "--name <text>",
    help: "server name shown by clients, at most 64 characters",
    env: "ASTERITE_NAME",
    key: "name",
    parse: parseNonEmpty,
  }),
  icon: setting({
    flag: "--icon <file>",
    help: "server icon shown by clients, PNG",
    env: "ASTERITE_ICON",
    key: "icon",
    parse: parseNonEmpty,
  }),
  defaultPicture: setting({
    flag: "--default-picture <file>",
    help: "profile picture of new accounts, PNG",
    env: "ASTERITE_DEFAULT_PICTURE",
    key: "default_pfp",
    parse: parseNonEmpty,
  }),
  cert: setting({
    flag: "--cert <file>",
    help: "certificate chain, PEM (default: a generated self-signed certificate)",
    env: "ASTERITE_CERT",
    key: "certificate_chain",
    parse: parseNonEmpty,
  }),
  key: setting({
    flag: "--key <file>",
    help: "private key of --cert, PEM",
    env: "ASTERITE_KEY",
    key: "private_key",
    parse: parseNonEmpty,
  }),
  insecurePlaintext: setting({
    flag: "--insecure-plaintext [bool]",
    help: "disable TLS: passwords are sent in plain text",
    env: "ASTERITE_INSECURE_PLAINTEXT",
    key: "insecure_plaintext",
    fallback: false,
    parse: parseBoolean,
  }),
  rateLimit: setting({
    flag: "--rate-limit <number>",
    help: "maximum requests per second and account, or off, which disables all limits below too",
    env: "ASTERITE_RATE_LIMIT",
    key: "rate_limit",
    fallback: 100,
    parse: parseRequestRate,
  }),
  maxConnections: setting({
    flag: "--max-connections <number>",
    help: `maximum open connections, or off (default: ${defaultCapacityLimits.connections}, or what the system's limit of open files allows)`,
    env: "ASTERITE_MAX_CONNECTIONS",
    key: "max_connections",
    parse: parseCount,
  }),
  maxAddressConnections: setting({
    flag: "--max-address-connections <number>",
    help: "maximum open connections of one address (IPv6: /64), or off",
    env: "ASTERITE_MAX_ADDRESS_CONNECTIONS",
    key: "max_address_connections",
    fallback: defaultCapacityLimits.connectionsPerAddress,
    parse: parseCount,
  }),
  maxGuests: setting({
    flag: "--max-guests <number>",
    help: "connections without a login above which the oldest is closed, or off",
    env: "ASTERITE_MAX_GUESTS",
    key: "max_guests",
    fallback: defaultCapacityLimits.guests,
    parse: parseCount,
  }),
  maxAccountSessions: setting({
    flag: "--max-account-sessions <number>",
    help: "sessions of one account above which the oldest is closed, or off",
    env: "ASTERITE_MAX_ACCOUNT_SESSIONS",
    key: "max_account_sessions",
    fallback: defaultCapacityLimits.sessionsPerAccount,
    parse: parseCount,
  }),
  idleTimeout: setting({
    flag: "--idle-timeout <seconds>",
    help: "close connections that send nothing for this long, or off",
    env: "ASTERITE_IDLE_TIMEOUT",
    key: "idle_timeout",
    fallback: Number.POSITIVE_INFINITY,
    fallbackText: "off",
    parse: parseIdleSeconds,
  }),
  hideUnknownAccounts: setting({
    flag: "--hide-unknown-accounts [bool]",
    help: "answer a login to an unknown account like a wrong password",
    env: "ASTERITE_HIDE_UNKNOWN_ACCOUNTS",
    key: "hide_unknown_accounts",
    fallback: false,
    parse: parseBoolean,
  }),
  loginRequired: setting({
    flag: "--login-required [bool]",
    help: "allow only hello, login and register before a login; includes --hide-unknown-accounts",
    env: "ASTERITE_LOGIN_REQUIRED",
    key: "login_required",
    fallback: false,
    parse: parseBoolean,
  }),
  registration: setting({
    flag: "--registration <mode>",
    help: "who may create accounts: open (all), invite (with a link of asterite admin invite), closed, or local (all in the local network, others with a link)",
    env: "ASTERITE_REGISTRATION",
    key: "registration",
    fallback: "open",
    parse: parseOneOf("open", "invite", "closed", "local"),
  }),
  allowedOrigins: setting({
    flag: "--allowed-origins <list>",
    help: "origins of web pages that may connect beside those of the same host, separated by commas, or * (default: all with TLS, none on the plain port)",
    env: "ASTERITE_ALLOWED_ORIGINS",
    key: "allowed_origins",
    parse: parseNonEmpty,
  }),
  maxRegistrations: setting({
    flag: "--max-registrations <number>",
    help: "accounts that one address (IPv6: /64) may create per hour without an invite, or off",
    env: "ASTERITE_MAX_REGISTRATIONS",
    key: "max_registrations",
    fallback: defaultCapacityLimits.registrationsPerHour,
    parse: parseCount,
  }),
  maxProfileChanges: setting({
    flag: "--max-profile-changes <number>",
    help: "names and pictures, each, that one account may change to per hour, or off",
    env: "ASTERITE_MAX_PROFILE_CHANGES",
    key: "max_profile_changes",
    fallback: defaultCapacityLimits.profileChangesPerHour,
    parse: parseCount,
  }),
  minPasswordLength: setting({
    flag: "--min-password-length <number>",
    help: "minimum characters of a new password, 1 to 128",
    env: "ASTERITE_MIN_PASSWORD_LENGTH",
    key: "min_password_length",
    fallback: defaultPasswordPolicy.minLength,
    parse: parsePasswordLength,
  }),
  commonPasswords: setting({
    flag: "--common-passwords [bool]",
    help: "allow new passwords that are guessed first, such as password1",
    env: "ASTERITE_COMMON_PASSWORDS",
    key: "common_passwords",
    fallback: defaultPasswordPolicy.allowCommon,
    parse: parseBoolean,
  }),
  tokenIdleDays: setting({
    flag: "--token-idle-days <days>",
    help: "days after which a session token that is not used expires, or off",
    env: "ASTERITE_TOKEN_IDLE_DAYS",
    key: "token_idle_days",
    fallback: 90,
    parse: parseCount,
  }),
  files: setting({
    flag: "--files <folder>",
    help: "folder for files in messages, created if missing (default: no files)",
    env: "ASTERITE_FILES",
    key: "files",
    parse: parseNonEmpty,
  }),
  publicUrl: setting({
    flag: "--public-url <url>",
    help: "address of the server in links to files for older clients, e.g. https://chat.example.org",
    env: "ASTERITE_PUBLIC_URL",
    key: "public_url",
    parse: parseNonEmpty,
  }),
  reservedStateKeys: setting({
    flag: "--reserved-state-keys <keys>",
    help: "channel state keys that need the permission manage_messages, e.g. music, comma-separated",
    env: "ASTERITE_RESERVED_STATE_KEYS",
    key: "reserved_state_keys",
    parse: parseNonEmpty,
  }),
  auditDays: setting({
    flag: "--audit-days <days>",
    help: "days after which entries of the audit log are removed, or off",
    env: "ASTERITE_AUDIT_DAYS",
    key: "audit_days",
    fallback: defaultAuditLimits.days,
    parse: parseCount,
  }),
  auditEntries: setting({
    flag: "--audit-entries <number>",
    help: "maximum entries of the audit log: of actions that need rights, and of others; or off",
    env: "ASTERITE_AUDIT_ENTRIES",
    key: "audit_entries",
    fallback: defaultAuditLimits.entries,
    parse: parseCount,
  }),
  web: setting({
    flag: "--web [bool]",
    help: "serve the web client on the chat port",
    env: "ASTERITE_WEB",
    key: "web",
    fallback: false,
    parse: parseBoolean,
  }),
  plainPort: setting({
    flag: "--plain-port <number>",
    help: "additional port without TLS on the loopback interface; 0 picks a free one",
    env: "ASTERITE_PLAIN_PORT",
    key: "plain_port",
    parse: parsePort,
  }),
  listenFrom: setting({
    flag: "--listen-from <url>",
    help: "audio node whose streams and artwork are proxied for the web client",
    env: "ASTERITE_LISTEN_FROM",
    key: "listen_from",
    parse: parseHttpUrl,
  }),
  statusPort: setting({
    flag: "--status-port <number>",
    help: "loopback port for /health and /metrics (Prometheus); 0 picks a free one",
    env: "ASTERITE_STATUS_PORT",
    key: "status_port",
    parse: parsePort,
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
    help: `minimum log level: ${logLevels.join(", ")}`,
    env: "ASTERITE_LOG_LEVEL",
    key: "log_level",
    fallback: "info",
    parse: parseOneOf(...logLevels),
  }),
};

/** Values of {@link serverSettings}. */
export type ServerValues = SettingValues<typeof serverSettings>;

/** Returns the location of the database: a file, `:memory:` or a PostgreSQL URL. */
export const databaseLocation = ({ scratchDb, database, data }: ServerValues): string =>
  scratchDb ? ":memory:" : (database ?? join(data, "aster.db"));

/** Returns the limits of connections, addresses and accounts: none without a rate limit. */
export const capacityOptions = (values: ServerValues): Partial<CapacityLimits> =>
  values.rateLimit === Number.POSITIVE_INFINITY
    ? unlimitedCapacity
    : {
        connectionsPerAddress: values.maxAddressConnections,
        guests: values.maxGuests,
        sessionsPerAccount: values.maxAccountSessions,
        registrationsPerHour: values.maxRegistrations,
        profileChangesPerHour: values.maxProfileChanges,
        ...(values.maxConnections !== undefined && { connections: values.maxConnections }),
      };

/**
 * Returns the trusted proxies; undefined without any.
 *
 * @throws ConfigError if the settings are incomplete.
 */
export function proxyOptions({ trustedProxy, proxyHeader }: ServerValues): ProxyOptions | undefined {
  if (trustedProxy) return { networks: trustedProxy, ...(proxyHeader && { header: proxyHeader }) };
  if (proxyHeader) throw new ConfigError("--proxy-header needs --trusted-proxy");
  return undefined;
}

/**
 * Returns the TLS options of the server.
 *
 * @throws ConfigError if settings are mutually exclusive or incomplete.
 */
export function tlsOptions({ cert, key, insecurePlaintext, data }: ServerValues): TlsOptions {
  if (insecurePlaintext) {
    if (cert !== undefined || key !== undefined) {
      throw new ConfigError("--insecure-plaintext excludes --cert and --key");
    }
    return "insecure-plaintext";
  }
  if (cert !== undefined && key !== undefined) return { certificateFile: cert, keyFile: key };
  if (cert !== undefined || key !== undefined)
    throw new ConfigError("--cert and --key must be given together");
  return { directory: data };
}
