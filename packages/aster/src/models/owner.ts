import type { Server } from "../server.ts";
import type { ModelServer } from "./model-server.ts";

export type { Server } from "../server.ts";

/**
 * Returns the server object behind the interface that models depend on, for their public property `server`. This
 * file is the only one below the server that names its class, as a type; the structure check leaves it out.
 */
export const ownerOf = (server: ModelServer): Server => server as Server;
