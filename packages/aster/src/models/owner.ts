import type { Server } from "../server.ts";
import type { ModelServer } from "./model-server.ts";

export type { Server } from "../server.ts";

/**
 * Returns the server object behind the interface that models depend on, for their public property `server`.
 * This is the only module on a lower floor that refers to the class of the server, and only as a type; the
 * structure check exempts it.
 */
export const ownerOf = (server: ModelServer): Server => server as Server;
