/** Names of the extensions, negotiated with `hello`. */
export const extensionNames = [
  "tokens",
  "nonce",
  "cursor",
  "message",
  "markers",
  "search",
  "admin",
  "overrides",
  "groups",
  "state",
  "typing",
  "slowmode",
  "presence",
  "reasons",
  "bots",
  "invites",
  "audit",
  "pictures",
  "invoke",
] as const;

/** Name of an extension of the base protocol. */
export type ExtensionName = (typeof extensionNames)[number];
