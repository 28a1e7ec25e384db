import type { Metadata } from "@asterite/andesite-protocol";
import type { NodeSettings } from "../options.ts";
import { nodeCommit, nodeVersion } from "../version.ts";

/** Returns the node metadata of section 4 of the protocol. */
export function nodeMetadata(
  { region, id }: Pick<NodeSettings, "region" | "id">,
  enabledSources: readonly string[],
): Metadata {
  const [versionMajor = "0", versionMinor = "0", versionRevision = "0"] = nodeVersion.split(/[.-]/);
  return Object.freeze({
    version: nodeVersion,
    versionMajor,
    versionMinor,
    versionRevision,
    versionCommit: nodeCommit,
    versionBuild: -1,
    nodeRegion: region,
    nodeId: id,
    enabledSources: [...enabledSources],
    loadedPlugins: [],
  });
}
