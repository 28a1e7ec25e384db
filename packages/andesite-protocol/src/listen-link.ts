import * as v from "valibot";
import { finite, object } from "./schema.ts";
import { type Checked, check } from "./validate.ts";

/** The answer to a request for a link to listen (section 18.4 of the protocol). */
const listenLink = object({
  /** A path such as `/listen/…` below the node, or a whole address. */
  url: v.string(),
  /** ms since 1970 at which it stops opening the door; who listens already may stay. */
  expires: finite,
});
/** Where a player can be listened to, and until when; ms since 1970. */
export type ListenLink = v.InferOutput<typeof listenLink>;

/** Reads the answer to a request for a link to listen. */
export const readListenLink = (body: unknown): Checked<ListenLink> => check(listenLink, body);
