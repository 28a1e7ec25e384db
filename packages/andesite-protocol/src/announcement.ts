/**
 * How audio nodes tell bots over NATS where they are, and prove that they know the password before a bot tells it to
 * them. For programs on Node.js only.
 *
 * @packageDocumentation
 */

import { createHmac, scryptSync, timingSafeEqual } from "node:crypto";
import * as v from "valibot";
import { finite, orNull } from "./schema.ts";
import { check } from "./validate.ts";

/** Where nodes publish. */
export const announcementSubject = "asterite.nodes";
/** How often they do, in ms. */
export const announcementIntervalMs = 1_000;

/** Longest announcement in bytes, signature included. */
const maxAnnouncementBytes = 2_048;
const signatureLength = 43;
/** Sets the key apart from any other that somebody may derive from the same password. */
const salt = "asterite node announcement 1";
const keyBytes = 32;

const short = v.pipe(v.string(), v.maxLength(200));
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const total = v.pipe(v.number(), v.integer(), v.minValue(0));

const fields = v.object({
  /** Form of this message. */
  v: v.literal(1),
  /** ms since 1970 by the node's clock; larger in each announcement of a node. */
  sentAt: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Whether the node takes players, wants to get rid of them, or has none any more and ends. */
  state: v.picklist(["ready", "draining", "gone"]),
  /** Host name or address without brackets. */
  host: v.pipe(v.string(), v.regex(/^[\w.:-]{1,253}$/)),
  port,
  /** Whether it is reached by `https` and `wss`. */
  tls: v.boolean(),
  /** What stands before all its routes: `/`, or a path that begins and ends with one. */
  path: v.pipe(v.string(), v.regex(/^\/(?:[\w.~-]{1,100}\/){0,8}$/)),
  /** Address under which listeners reach it, where that is another; `http` or `https`. */
  listenUrl: orNull(v.pipe(short, v.regex(/^https?:\/\/[^\s@]+$/), v.url())),
  id: short,
  region: short,
  version: short,
  /** Players of all bots. */
  players: total,
  /** Part of its processors that it uses, from 0 to 1. */
  cpu: v.pipe(finite, v.minValue(0), v.maxValue(1)),
});

/** What a node tells about itself. */
export type Announcement = Readonly<v.InferOutput<typeof fields>>;

const announcement = v.pipe(
  fields,
  v.check((content) => URL.canParse(announcedUrl(content))),
);

/** Signs announcements with the password of a node, and reads those that were signed with it. */
export class AnnouncementSigner {
  readonly #key: Buffer;

  /** Takes some 50 ms: whoever hears announcements and guesses passwords has to pay as much for each guess. */
  constructor(password: string) {
    this.#key = scryptSync(password, salt, keyBytes);
  }

  /** An announcement as it is published: the signature, a dot, and JSON. */
  sign(content: Announcement): Uint8Array {
    const body = Buffer.from(JSON.stringify(content));
    return Buffer.concat([Buffer.from(`${this.#hmacOf(body)}.`), body]);
  }

  /** What was published; null for what is no announcement, or signed with another password. */
  verify(message: Uint8Array): Announcement | null {
    if (message.length > maxAnnouncementBytes || message.length <= signatureLength) return null;
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    const body = bytes.subarray(signatureLength + 1);
    const expected = Buffer.from(`${this.#hmacOf(body)}.`);
    // Before anything is parsed: what strangers write is only compared.
    if (!timingSafeEqual(bytes.subarray(0, signatureLength + 1), expected)) return null;
    return parse(body);
  }

  #hmacOf(body: Uint8Array): string {
    return createHmac("sha256", this.#key).update(body).digest("base64url");
  }
}

function parse(body: Buffer): Announcement | null {
  try {
    const checked = check(announcement, JSON.parse(body.toString()));
    return checked.ok ? checked.value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The base address of the node that an announcement is about. */
export function announcedUrl({ host, port, tls, path }: Announcement): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return `${tls ? "https" : "http"}://${name}:${port}${path}`;
}
