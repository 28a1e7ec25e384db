import { extname } from "node:path";

/** Names that files of the containers which this node plays usually end with. */
const extensions = new Set([
  ".aac",
  ".flac",
  ".m4a",
  ".m4b",
  ".mka",
  ".mp3",
  ".mp4",
  ".oga",
  ".ogg",
  ".opus",
  ".wav",
  ".weba",
  ".webm",
]);

/** Whether a file in a folder is looked into, by its name. A file that is asked for by name always is. */
export const isMediaFile = (name: string): boolean => extensions.has(extname(name).toLowerCase());
