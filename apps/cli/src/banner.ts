import { networkInterfaces } from "node:os";
import type { AsterServer } from "@asterite/aster-server";

/**
 * Returns the hosts at which clients reach a server, as they stand in a URL: for a wildcard address, localhost and
 * all external IPv4 addresses.
 */
export function reachableHosts(host: string): string[] {
  if (host !== "0.0.0.0" && host !== "::") return [host.includes(":") ? `[${host}]` : host];
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
  return ["localhost", ...others];
}

/** Returns the banner printed to a terminal once the server is ready. */
export function formatServerBanner(
  server: AsterServer,
  version: string,
  files: Record<string, string>,
): string {
  const rows: [label: string, value: string][] = [
    [
      "Connect to",
      reachableHosts(server.host)
        .map((host) => `${host}:${server.port}`)
        .join("  "),
    ],
    [
      "Security",
      server.fingerprint256 ? "TLS" : "none: all traffic, including passwords, is sent in plain text",
    ],
    ...(server.fingerprint256 ? [["Fingerprint", server.fingerprint256] as [string, string]] : []),
    ...(server.plainPort === undefined
      ? []
      : [["Local only", `http://localhost:${server.plainPort}`] as [string, string]]),
    ...Object.entries(files),
    ...(server.statusPort === undefined
      ? []
      : [["Status", `http://127.0.0.1:${server.statusPort}/health`] as [string, string]]),
    ["Stop with", "Ctrl-C"],
  ];
  return formatBanner(`Asterite chat server ${version}`, rows);
}

/** Formats a title followed by aligned label–value lines. */
export function formatBanner(
  title: string,
  rows: readonly (readonly [label: string, value: string])[],
): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`);
  return `\n  ${title}\n\n${lines.join("\n")}\n\n`;
}
