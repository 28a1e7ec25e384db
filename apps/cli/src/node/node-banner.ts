import type { AndesiteNode, AndesiteNodeOptions } from "@asterite/andesite-node";
import { banner, reachableHosts } from "../banner.ts";

/** What a person at a terminal needs to know when the node is up. */
export function nodeBanner(
  { host, port, enabledSources }: AndesiteNode,
  { password, loading }: AndesiteNodeOptions,
  version: string,
): string {
  const hosts = reachableHosts(host).map((one) => (one.includes(":") ? `[${one}]` : one));
  const [first = "localhost"] = hosts;
  const isLocal = host === "127.0.0.1" || host === "::1";
  const open = isLocal ? "none: for programs on this machine" : "none: everybody may play";
  return banner(`Asterite audio node ${version}`, [
    ["HTTP", hosts.map((one) => `http://${one}:${port}`).join("  ")],
    ["WebSocket", `ws://${first}:${port}/websocket  (Lavalink 3: ws://${first}:${port}/)`],
    ["Password", typeof password === "string" ? "as configured" : open],
    ["Sources", enabledSources.join(", ") || "none"],
    ["Music", loading?.musicFolders?.join(", ") || "none; --music DIR adds a folder"],
    ["Description", `http://${first}:${port}/openapi.json`],
    ["Stop with", "Ctrl-C"],
  ]);
}
