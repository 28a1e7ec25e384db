/**
 * Location and HTTP headers of the built web client.
 *
 * @packageDocumentation
 */

export { webClientFolder } from "./folder.ts";
export { webClientHeaders } from "./headers.ts";
