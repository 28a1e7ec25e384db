/** Entry of a playlist file. */
export interface PlaylistEntry {
  /** URL or path as written. */
  readonly target: string;
  /** Null if the playlist contains none. */
  readonly title: string | null;
}

/** Contents of a playlist file. */
export interface Playlist {
  /** Null if the playlist contains none. */
  readonly name: string | null;
  readonly entries: readonly PlaylistEntry[];
}

/**
 * Playlist formats. `plain` is a list of URLs. `hls` lists the segments of a single stream, which this node
 * does not play.
 */
export type PlaylistFormat = "m3u" | "pls" | "plain" | "hls";

/** Number of bytes from the start of a file that {@link detectPlaylist} needs. */
export const maxDetectionBytes = 1_024;

/** Entries with longer targets are dropped. */
const maxTargetLength = 4_096;

const m3uTypes = new Set([
  "audio/mpegurl",
  "audio/x-mpegurl",
  "application/mpegurl",
  "application/x-mpegurl",
  "application/vnd.apple.mpegurl",
]);
const plsTypes = new Set(["audio/x-scpls", "application/pls", "application/pls+xml"]);

/** Start of a plain list of URLs. */
const plainStart = /^(?:https?|icy):\/\/\S/i;

/**
 * Detects the format of a playlist file; null if the file is not a playlist.
 *
 * @param head - First {@link maxDetectionBytes} bytes, or the whole file if it is shorter.
 * @param contentType - Media type sent by the server, in lower case; null if unknown.
 * @param path - Path of the file or of its URL.
 */
export function detectPlaylist(
  head: Uint8Array,
  contentType: string | null,
  path: string,
): PlaylistFormat | null {
  if (head.includes(0)) return null;
  const text = new TextDecoder().decode(head).trimStart();
  const type = contentType ?? "";
  if (/^#EXTM3U/i.test(text)) return isHls(text) ? "hls" : "m3u";
  if (/^\[playlist\]/i.test(text)) return "pls";
  if (plainStart.test(text)) return "plain";
  // Audio may begin without a NUL byte. A media type of audio is trusted then.
  if (type.startsWith("audio/") && !m3uTypes.has(type) && !plsTypes.has(type)) return null;
  if (isBinary(head)) return null;
  if (m3uTypes.has(type) || /\.m3u8?$/i.test(path)) return isHls(text) ? "hls" : "m3u";
  return plsTypes.has(type) || /\.pls$/i.test(path) ? "pls" : null;
}

/** Parses a playlist file, up to a number of entries. */
export function parsePlaylist(text: string, format: PlaylistFormat, maxEntries: number): Playlist {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim());
  const list = format === "pls" ? parsePls(lines, maxEntries) : parseM3u(lines, maxEntries);
  return { ...list, entries: list.entries.filter(({ target }) => target.length <= maxTargetLength) };
}

const isHls = (text: string): boolean => /^#EXT-X-/m.test(text);

/** Returns whether there are control characters that text files do not contain. */
const isBinary = (head: Uint8Array): boolean =>
  head.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);

function parseM3u(lines: readonly string[], maxEntries: number): Playlist {
  const entries: PlaylistEntry[] = [];
  let name: string | null = null;
  let title: string | null = null;
  for (const line of lines) {
    if (entries.length >= maxEntries) break;
    if (line.startsWith("#")) {
      title = /^#EXTINF:[^,]*,(.*)$/i.exec(line)?.[1]?.trim() || title;
      name = /^#PLAYLIST:(.*)$/i.exec(line)?.[1]?.trim() || name;
    } else if (line !== "") {
      entries.push({ target: line, title });
      title = null;
    }
  }
  return { name, entries };
}

function parsePls(lines: readonly string[], maxEntries: number): Playlist {
  const targets = new Map<number, string>();
  const titles = new Map<number, string>();
  for (const line of lines) {
    const [, field = "", digits = "", value = ""] = /^(file|title)(\d{1,6})\s*=\s*(.*)$/i.exec(line) ?? [];
    if (value === "") continue;
    (field.toLowerCase() === "file" ? targets : titles).set(Number(digits), value);
  }
  const entries = [...targets]
    .sort(([a], [b]) => a - b)
    .slice(0, maxEntries)
    .map(([number, target]) => ({ target, title: titles.get(number) ?? null }));
  return { name: null, entries };
}
