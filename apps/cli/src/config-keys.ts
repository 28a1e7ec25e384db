/**
 * Keys that a command leaves to the other commands: they can share a file, which `asterite up` passes on by
 * `ASTERITE_CONFIG`. A test compares the list with their settings.
 */
const sharedKeys: ReadonlySet<string> = new Set([
  "addr",
  "allowed_origins",
  "announce",
  "api_version",
  "audit_days",
  "audit_entries",
  "certificate_chain",
  "common_passwords",
  "control",
  "crossfade",
  "data",
  "database_file",
  "default_pfp",
  "files",
  "fingerprint",
  "hide_unknown_accounts",
  "icon",
  "idle_timeout",
  "ignored_group",
  "insecure_plaintext",
  "listen_from",
  "listen_urls",
  "log_level",
  "login_required",
  "max_account_sessions",
  "max_address_connections",
  "max_connections",
  "max_guests",
  "max_profile_changes",
  "max_registrations",
  "min_password_length",
  "music",
  "music_prefix",
  "name",
  "nats",
  "node_password_file",
  "nodes",
  "normalize",
  "password_file",
  "plain_port",
  "port",
  "private_key",
  "proxy_header",
  "public_url",
  "rate_limit",
  "registration",
  "reserved_state_keys",
  "scratch_db",
  "server",
  "status_port",
  "token_idle_days",
  "trusted_proxy",
  "user",
  "web",
  "web_port",
]);

/** Keys of the reference server that have no meaning here. */
const referenceKeys: ReadonlySet<string> = new Set(["voice_port"]);

/** Returns whether a key of a configuration file belongs to another command or to the reference server. */
export const isForeignKey = (key: string): boolean =>
  sharedKeys.has(key) || referenceKeys.has(key) || /^(?:andesite|lavaplayer)(?:\.|$)/.test(key);
