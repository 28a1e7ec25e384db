import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Whether this runs from source, and not from a package that was built. */
export const runsFromSource: boolean = import.meta.url.endsWith(".ts");

// This file stands one folder below the package, in its source as in what is built of it.
const packageFolder = fileURLToPath(new URL("..", import.meta.url));

/** What starts the command. */
export const mainScript: string = join(packageFolder, runsFromSource ? "src/main.ts" : "dist/main.js");

/** Our own music. */
export const musicPieces: string = join(packageFolder, "assets/music");

/** The web client in a package that was built. */
export const packedWebClient: string = join(packageFolder, "dist/web");
