import type { OutputOf } from "@asterite/util/schema";
import { finite, object, string } from "./schema.ts";
import { type Checked, check } from "./validate.ts";

/** Response with a listen link (section 18.4 of the protocol). */
const listenLink = object({
  /** Path below the node's base URL, such as `/listen/…`, or an absolute URL. */
  url: string,
  /** Time until which the link accepts new listeners, in ms since 1970. Existing streams continue. */
  expires: finite,
});
/** Signed link to the audio stream of a player, with its expiry in ms since 1970. */
export type ListenLink = OutputOf<typeof listenLink>;

/** Reads the response with a listen link. */
export const readListenLink = (body: unknown): Checked<ListenLink> => check(listenLink, body);
