import { networkInterfaces } from "node:os";
import type { AsterServer } from "@asterite/aster-server";

/** Where a client on another machine finds a server that listens on every address. */
export function reachableHosts(host: string): string[] {
  if (host !== "0.0.0.0" && host !== "::") return [host];
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
  return ["localhost", ...others];
}

/** What a person at a terminal needs to know when the server is up. */
export function serverBanner(server: AsterServer, version: string, files: Record<string, string>): string {
  const rows: [label: string, value: string][] = [
    [
      "Connect to",
      reachableHosts(server.host)
        .map((host) => `${host}:${server.port}`)
        .join("  "),
    ],
    ["Security", server.fingerprint256 ? "TLS" : "none: everything, passwords too, travels in plain text"],
    ...(server.fingerprint256 ? [["Fingerprint", server.fingerprint256] as [string, string]] : []),
    ...(server.plainPort === undefined
      ? []
      : [["On this machine", `http://localhost:${server.plainPort}`] as [string, string]]),
    ...Object.entries(files),
    ...(server.statusPort === undefined
      ? []
      : [["Status", `http://127.0.0.1:${server.statusPort}/health`] as [string, string]]),
    ["Stop with", "Ctrl-C"],
  ];
  return banner(`Asterite chat server ${version}`, rows);
}

/** A title with labelled lines below it. */
export function banner(title: string, rows: readonly (readonly [label: string, value: string])[]): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`);
  return `\n  ${title}\n\n${lines.join("\n")}\n\n`;
}
