/**
 * Signed announcements with which audio nodes publish their address over NATS. The signature proves that a
 * node knows the password before a bot sends the password to it. Requires Node.js.
 *
 * @packageDocumentation
 */

import { createHmac, scryptSync, timingSafeEqual } from "node:crypto";
import * as v from "@asterite/util/schema";

/** NATS subject of announcements. */
export const announcementSubject = "asterite.nodes";
/** Interval between the announcements of a node, in ms. */
export const announcementIntervalMs = 1_000;

/** Maximum size of an announcement in bytes, including the signature. */
const maxAnnouncementBytes = 2_048;
const signatureLength = 43;
/** Salt that separates this key from other keys derived from the same password. */
const salt = "asterite node announcement 1";
const keyBytes = 32;

const textLike = (pattern: RegExp): v.Schema<string> =>
  v.matching(`text like ${pattern}`, (value) => typeof value === "string" && pattern.test(value));
/** URL of at most 200 characters, without user and password. */
const listenUrl = textLike(/^(?=.{1,200}$)https?:\/\/[^\s@]+$/);
const short = v.stringOf(0, 200);
const port = v.integer(1, 65_535);
const total = v.integer(0);

const fields = v.object({
  /** Version of the format. */
  v: v.oneOf(1),
  /** Time of sending by the node's clock, in ms since 1970; strictly increasing per node. */
  sentAt: v.integer(0),
  /** `ready`: accepts players; `draining`: wants its players moved; `gone`: has no players and shuts down. */
  state: v.oneOf("ready", "draining", "gone"),
  /** Host name or IP address, without brackets. */
  host: textLike(/^[\w.:-]{1,253}$/),
  port,
  /** Whether to connect with `https` and `wss`. */
  tls: v.boolean,
  /** Path prefix of all routes: begins and ends with `/`. */
  path: textLike(/^\/(?:[\w.~-]{1,100}\/){0,8}$/),
  /** Public base URL for listeners, `http` or `https`; null when it is the node's own address. */
  listenUrl: v.optional(v.nullable(listenUrl), () => null),
  id: short,
  region: short,
  version: short,
  /** Number of players of all bots. */
  players: total,
  /** CPU load of the process, from 0 to 1. */
  cpu: v.numberOf(0, 1),
});

/** Content of an announcement. */
export type Announcement = Readonly<v.OutputOf<typeof fields>>;

/** Signs and verifies announcements with the password of a node. */
export class AnnouncementSigner {
  readonly #key: Buffer;

  /**
   * Derives the key with scrypt. Takes about 50 ms, which makes guessing passwords from captured
   * announcements expensive.
   */
  constructor(password: string) {
    this.#key = scryptSync(password, salt, keyBytes);
  }

  /** Returns an announcement as it is published: the signature, a dot, and JSON. */
  sign(content: Announcement): Uint8Array {
    const body = Buffer.from(JSON.stringify(content));
    return Buffer.concat([Buffer.from(`${this.#hmacOf(body)}.`), body]);
  }

  /**
   * Returns the content of a published announcement; null when it is malformed or signed with another
   * password.
   */
  verify(message: Uint8Array): Announcement | null {
    if (message.length > maxAnnouncementBytes || message.length <= signatureLength) return null;
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    const body = bytes.subarray(signatureLength + 1);
    const expected = Buffer.from(`${this.#hmacOf(body)}.`);
    // Verified before parsing: unauthenticated data is only compared.
    if (!timingSafeEqual(bytes.subarray(0, signatureLength + 1), expected)) return null;
    return parse(body);
  }

  #hmacOf(body: Uint8Array): string {
    return createHmac("sha256", this.#key).update(body).digest("base64url");
  }
}

function parse(body: Buffer): Announcement | null {
  try {
    const content = fields(JSON.parse(body.toString()));
    return content instanceof v.Mismatch || !URL.canParse(announcedUrl(content)) ? null : content;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Returns the base URL of an announced node. */
export function announcedUrl({ host, port, tls, path }: Announcement): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return `${tls ? "https" : "http"}://${name}:${port}${path}`;
}
