const namesOfClients = [
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
export type ExtensionName = (typeof namesOfClients)[number] | "files";

/** Names of the extensions that the clients of Asterite know, negotiated with `hello`. */
export const extensionNames: readonly ExtensionName[] = namesOfClients;

/** Names of the extensions that a server may offer. */
export const offeredExtensions: readonly ExtensionName[] = [...namesOfClients, "files"];
