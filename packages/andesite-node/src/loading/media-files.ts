import { extname } from "node:path";

/** File name extensions of playable containers. */
const extensions = new Set([
  ".3gp",
  ".aac",
  ".aif",
  ".aifc",
  ".aiff",
  ".au",
  ".caf",
  ".flac",
  ".m2ts",
  ".m4a",
  ".m4b",
  ".mka",
  ".mov",
  ".mp2",
  ".mp3",
  ".mp4",
  ".mpga",
  ".mts",
  ".oga",
  ".ogg",
  ".opus",
  ".snd",
  ".ts",
  ".w64",
  ".wav",
  ".weba",
  ".webm",
]);

/**
 * Returns whether a file in a folder is probed, by its extension. Files that are loaded by name always are.
 */
export const isMediaFile = (name: string): boolean => extensions.has(extname(name).toLowerCase());

/** Returns whether a file is a cue sheet, by its extension. */
export const isCueSheet = (name: string): boolean => extname(name).toLowerCase() === ".cue";

/** Returns whether a file in a folder is listed as a playlist, by its extension. */
export const isPlaylistFile = (name: string): boolean => /\.(?:m3u8?|pls|xspf)$/i.test(name);
