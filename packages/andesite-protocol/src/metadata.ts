import type { MetadataValue } from "./messages.ts";

/** How one piece of a node's description of itself travels. */
export interface MetadataDefinition {
  /** Name of the HTTP header. */
  readonly header: string;
  /** Lists are joined with commas in the header. */
  readonly type: "text" | "integer" | "list";
}

const define = (header: string, type: MetadataDefinition["type"]): MetadataDefinition =>
  Object.freeze({ header, type });

/** A node's description of itself by its key on WebSockets. It stands on every HTTP answer as headers. */
export const metadata = Object.freeze({
  /** `major.minor.revision`. */
  version: define("Andesite-Version", "text"),
  versionMajor: define("Andesite-Version-Major", "text"),
  versionMinor: define("Andesite-Version-Minor", "text"),
  versionRevision: define("Andesite-Version-Revision", "text"),
  versionCommit: define("Andesite-Version-Commit", "text"),
  /** −1 when unknown. */
  versionBuild: define("Andesite-Version-Build", "integer"),
  nodeRegion: define("Andesite-Node-Region", "text"),
  nodeId: define("Andesite-Node-Id", "text"),
  enabledSources: define("Andesite-Enabled-Sources", "list"),
  loadedPlugins: define("Andesite-Loaded-Plugins", "list"),
});

/** Key of a piece of metadata on WebSockets. */
export type MetadataKey = keyof typeof metadata;

/** What is known of a node's description of itself. */
export type Metadata = { readonly [Key in MetadataKey]?: MetadataValue };

/** The HTTP headers that describe a node. */
export function metadataHeaders(values: Metadata): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [key, { header }] of Object.entries(metadata)) {
    const value = values[key as MetadataKey];
    if (value !== undefined) headers[header] = String(value);
  }
  return headers;
}

/**
 * Reads the headers that describe a node; those that are missing are left out.
 *
 * @param get - Gives the value of a header, or null.
 */
export function readMetadataHeaders(get: (header: string) => string | null | undefined): Metadata {
  const values: { [Key in MetadataKey]?: MetadataValue } = {};
  for (const [key, { header, type: kind }] of Object.entries(metadata)) {
    const value = get(header);
    if (value === null || value === undefined) continue;
    if (kind === "text") values[key as MetadataKey] = value;
    else if (kind === "list") values[key as MetadataKey] = value === "" ? [] : value.split(",");
    else if (/^-?\d{1,15}$/.test(value)) values[key as MetadataKey] = Number(value);
  }
  return values;
}

/** Names of the other HTTP headers of the protocol. */
export const Header = Object.freeze({
  /** The bare password, without a scheme. */
  AUTHORIZATION: "Authorization",
  USER_ID: "User-Id",
  /** Id of the WebSocket connection, in the answer to the handshake. */
  CONNECTION_ID: "Andesite-Connection-Id",
  /** Id of the connection whose events are to be replayed. */
  RESUME_ID: "Andesite-Resume-Id",
  /** Asks for exceptions without stack traces, whatever its value. */
  SHORT_ERRORS: "Andesite-Short-Errors",
  /** `lavalink` asks for the Lavalink dialect. */
  COMPATIBILITY: "Andesite-Compat",
});

/** Names of query parameters that stand for headers. */
export const QueryParameter = Object.freeze({
  PASSWORD: "password",
  USER_ID: "user-id",
  SHORT_ERRORS: "shortErrors",
  /** Asks for the Lavalink dialect, whatever its value. */
  LAVALINK: "lavalink",
  /** Asks for facts beyond the nine of the original protocol about each loaded track, whatever its value. */
  EXTENDED: "extended",
});

/** Beginning of the WebSocket subprotocol that carries the password after it. */
export const passwordProtocol = "andesite-password:";
