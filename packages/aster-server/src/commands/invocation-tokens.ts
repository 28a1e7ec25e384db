import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";

/** What an invocation permits: answers of the bot to the user. */
interface Grant {
  readonly user: number;
  readonly bot: number;
  readonly channel: number;
  /** Id that the client of the user chose. */
  readonly id: string;
  /** Expiry in ms since 1970. */
  readonly expires: number;
}

/** Keys that all processes of a cluster share. */
interface SharedKeys {
  signingKey(nowMs: number): { readonly number: number; readonly key: KeyObject } | undefined;
  findKey(number: number, nowMs: number): { readonly key: KeyObject } | undefined;
}

/** Longest token: the id has at most 64 characters, which JSON and base64 lengthen. */
const maxTokenLength = 1_000;

/** Signs invocations, so that a bot can answer at any process, and only those that have invoked it. */
export class InvocationTokens {
  readonly #own = randomBytes(32);
  readonly #shared: SharedKeys | undefined;

  /** @param shared - Keys of the cluster; undefined for a single process. */
  constructor(shared?: SharedKeys) {
    this.#shared = shared;
  }

  create(grant: Grant, nowMs: number): string {
    const signing = this.#shared?.signingKey(nowMs);
    const { user, bot, channel, id, expires } = grant;
    const body = JSON.stringify([signing?.number ?? 0, user, bot, channel, id, expires]);
    const text = Buffer.from(body).toString("base64url");
    return `${text}.${signatureOf(text, signing?.key ?? this.#own)}`;
  }

  /** Returns the content of a token; undefined if it was not made here or has expired. */
  read(token: string, nowMs: number): Grant | undefined {
    if (token.length > maxTokenLength) return undefined;
    const [text = "", signature = ""] = token.split(".");
    let values: unknown;
    try {
      values = JSON.parse(Buffer.from(text, "base64url").toString());
    } catch {
      return undefined;
    }
    if (!Array.isArray(values)) return undefined;
    const [number, user, bot, channel, id, expires] = values;
    const key = this.#shared ? this.#shared.findKey(Number(number), nowMs)?.key : this.#own;
    if (!key) return undefined;
    const [expected, given] = [Buffer.from(signatureOf(text, key)), Buffer.from(signature)];
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
    return expires > nowMs ? { user, bot, channel, id, expires } : undefined;
  }
}

const signatureOf = (text: string, key: KeyObject | Buffer): string =>
  createHmac("sha256", key).update(`invocation:${text}`).digest("base64url");
