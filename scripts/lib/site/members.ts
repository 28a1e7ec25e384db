import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Members that the reference pages of the clients must list. These clients have two parents, and a type that
 * joins them without an interface would have an empty page.
 */
const requiredMembers: Readonly<Record<string, readonly string[]>> = {
  "api/andesite/Client.html": ["play", "mixer", "loadTracks", "decodeTracks", "on", "connect", "http"],
  "api/andesite/HTTP.html": ["loadTracks", "searchTracks", "decodeTracks", "request", "close"],
  "api/andesite/WebSocket.html": ["play", "filters", "ping", "on", "connect", "send", "state"],
  "api/andesite/HTTPPool.html": ["loadTracks", "getNextClient", "addClient", "request"],
  "api/andesite/WebSocketPool.html": ["play", "ping", "on", "addClient", "pullClient", "send"],
};

/** Returns a finding for each member of a client that its page does not describe. */
export function checkMembers(folder: string): string[] {
  return Object.entries(requiredMembers).flatMap(([page, members]) => {
    const path = join(folder, page);
    if (!existsSync(path)) return [`${page} does not exist`];
    const html = readFileSync(path, "utf8");
    return members
      .filter((member) => !html.includes(` id="${member.toLowerCase()}"`))
      .map((member) => `${page} does not list ${member}`);
  });
}
