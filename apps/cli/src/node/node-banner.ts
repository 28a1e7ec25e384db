import type { AndesiteNode, AndesiteNodeOptions } from "@asterite/andesite-node";
import { formatBanner, reachableHosts } from "../banner.ts";

/** Returns the banner printed to a terminal once the node is ready. */
export function formatNodeBanner(
  { host, port, enabledSources }: AndesiteNode,
  { password, loading }: AndesiteNodeOptions,
  version: string,
): string {
  const hosts = reachableHosts(host);
  const [first = "localhost"] = hosts;
  const isLocal = host === "127.0.0.1" || host === "::1";
  const withoutPassword = isLocal ? "none (only reachable from this machine)" : "none (open to everyone)";
  return formatBanner(`Asterite audio node ${version}`, [
    ["HTTP", hosts.map((one) => `http://${one}:${port}`).join("  ")],
    ["WebSocket", `ws://${first}:${port}/websocket  (Lavalink 3: ws://${first}:${port}/)`],
    ["Password", typeof password === "string" ? "as configured" : withoutPassword],
    ["Sources", enabledSources.join(", ") || "none"],
    ["Music", loading?.musicFolders?.join(", ") || "none (add a folder with --music DIR)"],
    ["API", `http://${first}:${port}/openapi.json`],
    ["Stop with", "Ctrl-C"],
  ]);
}
