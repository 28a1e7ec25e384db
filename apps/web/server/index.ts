/**
 * The built web client, for whoever serves it.
 *
 * @packageDocumentation
 */

export { webClientFolder } from "./folder.ts";
export { webClientHeaders } from "./headers.ts";
