/** The names that `hello` negotiates. */
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
] as const;

/** Name of one addition to the base protocol. */
export type ExtensionName = (typeof extensionNames)[number];
