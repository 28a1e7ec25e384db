import { fileURLToPath } from "node:url";

/** Where the built client lies, absolute; it is there once it has been built. */
export const webClientFolder: string = fileURLToPath(new URL("../dist", import.meta.url));
