import * as Header from "./headers.ts";
import type { MetadataValue } from "./messages.ts";

/** Encoding of a metadata value in an HTTP header. */
export interface MetadataDefinition {
  /** Name of the HTTP header. */
  readonly header: string;
  /** Type of the value. Lists are joined with commas in the header. */
  readonly type: "text" | "integer" | "list";
}

/** Metadata of a node, by the keys of the WebSocket message. Every HTTP response contains it as headers. */
export const metadata = /* @__PURE__ */ Object.freeze({
  /** `major.minor.revision`. */
  version: { header: "Andesite-Version", type: "text" },
  versionMajor: { header: "Andesite-Version-Major", type: "text" },
  versionMinor: { header: "Andesite-Version-Minor", type: "text" },
  versionRevision: { header: "Andesite-Version-Revision", type: "text" },
  versionCommit: { header: "Andesite-Version-Commit", type: "text" },
  /** −1 when unknown. */
  versionBuild: { header: "Andesite-Version-Build", type: "integer" },
  nodeRegion: { header: Header.NODE_REGION, type: "text" },
  nodeId: { header: Header.NODE_ID, type: "text" },
  enabledSources: { header: "Andesite-Enabled-Sources", type: "list" },
  loadedPlugins: { header: "Andesite-Loaded-Plugins", type: "list" },
} as const satisfies Readonly<Record<string, MetadataDefinition>>);

/** Key of a metadata value in the WebSocket message. */
export type MetadataKey = keyof typeof metadata;

/** Metadata of a node; unknown values are absent. */
export type Metadata = { readonly [Key in MetadataKey]?: MetadataValue };

/** Returns the HTTP headers for metadata. */
export function metadataHeaders(values: Metadata): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [key, { header }] of Object.entries(metadata)) {
    const value = values[key as MetadataKey];
    if (value !== undefined) headers[header] = String(value);
  }
  return headers;
}

/**
 * Reads metadata from HTTP headers.
 *
 * @param get - Returns the value of a header; null or undefined when missing.
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

/** Prefix of the WebSocket subprotocol that contains the password. */
export const passwordProtocol = "andesite-password:";
