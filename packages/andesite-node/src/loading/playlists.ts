import { type CuePart, parseCueSheet } from "./cue-sheet.ts";
import { isCueSheet } from "./media-files.ts";

/** Entry of a playlist file. */
export interface PlaylistEntry {
  /** URL or path as written. */
  readonly target: string;
  /** Null if the playlist contains none. */
  readonly title: string | null;
  /** Track of a cue sheet that is a part of the file; undefined for the whole file. */
  readonly part?: CuePart | undefined;
}

/** Contents of a playlist file. */
export interface Playlist {
  /** Null if the playlist contains none. */
  readonly name: string | null;
  readonly entries: readonly PlaylistEntry[];
  /** Number of further entries, beyond a limit; at least, if the file is longer than what is read of it. */
  readonly omitted: number;
}

/** Everything that a playlist file contains. */
type ParsedPlaylist = Omit<Playlist, "omitted">;

/** Playlist formats. `plain` is a list of URLs, `cue` a list of the tracks in files. */
export type PlaylistFormat = "m3u" | "pls" | "xspf" | "asx" | "cue" | "plain";

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
  const wide = wideEncoding(head);
  if (head.includes(0) && wide === null) return null;
  const text = new TextDecoder(wide ?? "utf-8").decode(head).trimStart();
  const type = contentType ?? "";
  if (/^#EXTM3U/i.test(text)) return "m3u";
  if (/^\[playlist\]/i.test(text)) return "pls";
  if (plainStart.test(text)) return "plain";
  if (/^(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<playlist\b[^>]*xspf\.org/is.test(text)) return "xspf";
  if (/^(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<asx\b/is.test(text)) return "asx";
  // Audio may begin without a NUL byte. A media type of audio is trusted then.
  if (type.startsWith("audio/") && !m3uTypes.has(type) && !plsTypes.has(type)) return null;
  if (wide === null && isBinary(head)) return null;
  if (isCueSheet(path) && /^\s*(?:FILE|TITLE|PERFORMER|CATALOG|REM)\s+\S/im.test(text)) return "cue";
  if (m3uTypes.has(type) || /\.m3u8?$/i.test(path)) return "m3u";
  return plsTypes.has(type) || /\.pls$/i.test(path) ? "pls" : null;
}

/** Returns the encoding of a text with a UTF-16 byte order mark; null for other bytes. */
function wideEncoding(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
}

/** Decodes a playlist file: UTF-16 with a byte order mark, otherwise by `decodeOther`. */
export function decodePlaylist(bytes: Uint8Array, decodeOther: (bytes: Uint8Array) => string): string {
  const wide = wideEncoding(bytes);
  return wide === null ? decodeOther(bytes) : new TextDecoder(wide).decode(bytes);
}

/**
 * Parses a playlist file, up to a number of entries.
 *
 * @param isCut - Whether the text is the start of a longer one. Its last line is ignored, and counts as an entry.
 */
export function parsePlaylist(
  text: string,
  format: PlaylistFormat,
  maxEntries: number,
  isCut = false,
): Playlist {
  const whole = (isCut ? text.slice(0, text.lastIndexOf("\n") + 1) || text : text).replace(/^\uFEFF/, "");
  const lines = whole.split(/\r\n|\r|\n/).map((line) => line.trim());
  const { name, entries: all } = parseFormat(whole, lines, format);
  const entries = all.slice(0, maxEntries).filter(({ target }) => target.length <= maxTargetLength);
  return { name, entries, omitted: Math.max(0, all.length - maxEntries) + Number(isCut) };
}

/** Returns whether there are control characters that text files do not contain. */
const isBinary = (head: Uint8Array): boolean =>
  head.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);

function parseM3u(lines: readonly string[]): ParsedPlaylist {
  const entries: PlaylistEntry[] = [];
  let name: string | null = null;
  let title: string | null = null;
  for (const line of lines) {
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

function parseFormat(text: string, lines: readonly string[], format: PlaylistFormat): ParsedPlaylist {
  switch (format) {
    case "pls":
      return parsePls(lines);
    case "xspf":
      return parseXml(text, "track", (track) => contentOf(track, "location"));
    case "asx":
      return parseXml(text, "entry", (entry) =>
        decodeEntities(/\bhref\s*=\s*(["'])(.*?)\1/is.exec(findTag(entry, "ref")?.tag ?? "")?.[2] ?? ""),
      );
    case "cue": {
      const { title, entries } = parseCueSheet(lines);
      return { name: title, entries };
    }
    default:
      return parseM3u(lines);
  }
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text
    .replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, digits, name) => {
      const code = hex ? Number.parseInt(hex, 16) : Number(digits);
      if (name) return entities[name.toLowerCase()] ?? whole;
      return code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
    })
    .trim();
}

/** First element of a name: its tag, and the position after it; undefined if there is none. */
function findTag(xml: string, name: string): { readonly tag: string; readonly end: number } | undefined {
  // Searched without backtracking, since a hostile file may contain thousands of unfinished tags.
  const start = xml.toLowerCase().indexOf(`<${name}`);
  const end = start < 0 ? -1 : xml.indexOf(">", start);
  return end < 0
    ? undefined
    : { tag: xml.slice(start, Math.min(end, start + 2 * maxTargetLength)), end: end + 1 };
}

/** Returns the text in the first element of a name; empty if there is none. */
function contentOf(xml: string, name: string): string {
  const found = findTag(xml, name);
  const end = found ? xml.toLowerCase().indexOf(`</${name}`, found.end) : -1;
  const content = found && end >= 0 ? xml.slice(found.end, end).trim() : "";
  const isVerbatim = content.startsWith("<![CDATA[") && content.endsWith("]]>");
  return isVerbatim ? content.slice(9, -3).trim() : decodeEntities(content);
}

/** Removes comments. */
function withoutComments(xml: string): string {
  const [head = "", ...parts] = xml.split("<!--");
  return head + parts.map((part) => part.split("-->").slice(1).join("-->")).join("");
}

/** Parses XSPF and ASX, which programs write with errors that an XML parser would refuse. */
function parseXml(text: string, entryName: string, targetOf: (entry: string) => string): ParsedPlaylist {
  // Split at the start of each entry, so that the time grows with the length only.
  const [head = "", ...parts] = withoutComments(text).split(new RegExp(`<${entryName}\\b`, "i"));
  const entries: PlaylistEntry[] = [];
  for (const part of parts) {
    const target = targetOf(part);
    if (target !== "") entries.push({ target, title: contentOf(part, "title") || null });
  }
  return { name: contentOf(head, "title") || null, entries };
}

function parsePls(lines: readonly string[]): ParsedPlaylist {
  const targets = new Map<number, string>();
  const titles = new Map<number, string>();
  for (const line of lines) {
    const [, field = "", digits = "", value = ""] = /^(file|title)(\d{1,6})\s*=\s*(.*)$/i.exec(line) ?? [];
    if (value === "") continue;
    (field.toLowerCase() === "file" ? targets : titles).set(Number(digits), value);
  }
  const entries = [...targets]
    .sort(([a], [b]) => a - b)
    .map(([number, target]) => ({ target, title: titles.get(number) ?? null }));
  return { name: null, entries };
}
