import { fileURLToPath } from "node:url";

/** Absolute path of the built client. It exists once the client has been built. */
export const webClientFolder: string = fileURLToPath(new URL("../dist", import.meta.url));
