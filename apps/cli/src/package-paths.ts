import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Whether this runs from source instead of a built package. */
export const runsFromSource: boolean = import.meta.url.endsWith(".ts");

// This file is one folder below the package root, in both src and dist.
const packageFolder = fileURLToPath(new URL("..", import.meta.url));

/** Path of the main script. */
export const mainScript: string = join(packageFolder, runsFromSource ? "src/main.ts" : "dist/main.js");

/** Folder of the sample tracks. */
export const sampleMusicFolder: string = join(packageFolder, "assets/music");

/** Folder of the web client in a built package. */
export const packagedWebClient: string = join(packageFolder, "dist/web");
