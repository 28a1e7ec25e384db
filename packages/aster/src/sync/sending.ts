import type { ReplyFields } from "@asterite/aster-protocol";
import type { Clock } from "../clock.ts";
import { AsterError, argumentError } from "../errors.ts";
import { optionalUuidOf, type Reference } from "../references.ts";
import type { Command } from "../session/command.ts";
import type { Features } from "../session/features.ts";
import type { RequestOptions } from "../session/request-matcher.ts";
import type { Session } from "../session/session.ts";
import { waitUntilReady } from "../session/wait-until-ready.ts";

/** Options of {@link Channel.send}. */
export interface SendOptions extends RequestOptions {
  /** Message to reply to, in the same channel. */
  readonly replyTo?: Reference<{ readonly uuid: number }> | undefined;
  /**
   * Idempotency key of this message, 1 to 64 characters. On a server with the extension `nonce`, a second
   * message of the account with the same nonce within 24 hours is not stored; the first one is returned.
   * Default: random.
   */
  readonly nonce?: string | undefined;
}

/** Collaborators of {@link sendIdempotent}. */
interface SendingContext {
  readonly command: Command;
  /** Returns the error of a command that cannot be sent in the current state; undefined if it can. */
  readonly notConnected: () => AsterError | undefined;
  readonly session: Pick<Session, "whenReady" | "status">;
  readonly login: { readonly features: Pick<Features, "has"> };
  readonly clock: Clock;
  /** Time after which a lost connection fails the send, in ms. */
  readonly retryMs: number;
}

/**
 * Sends a message as soon as the session is ready, and returns the reply. On a server with the extension `nonce`, the request is repeated
 * after a lost connection: whether or not the first request was stored, the reply has the uuid of the one
 * stored message.
 */
export async function sendIdempotent(
  fields: { readonly content: string; readonly channel: number },
  { replyTo, nonce, signal, timeoutMs }: SendOptions,
  { command, notConnected, session, login, clock, retryMs }: SendingContext,
): Promise<ReplyFields<"send">> {
  if (nonce !== undefined && (nonce === "" || nonce.length > 64)) {
    throw argumentError("nonce", nonce, "1 to 64 characters");
  }
  const hasNonce = (): boolean => login.features.has("nonce");
  const endMs = clock.now() + retryMs;
  const reply = optionalUuidOf("replyTo", replyTo);
  let key = nonce;
  /** Error of an attempt that may have reached the server. */
  let lost: AsterError | undefined;
  for (;;) {
    const unsent = lost ?? notConnected();
    if (unsent) {
      const isReady = await waitUntilReady(session, clock, endMs - clock.now(), signal);
      if (!isReady || (lost && !hasNonce())) throw unsent;
    }
    // The extensions of a connection are known once it is ready.
    if (hasNonce()) key ??= randomNonce();
    try {
      return await command("send", { ...fields, reply, nonce: key }, { signal, timeoutMs });
    } catch (error) {
      const isLost = error instanceof AsterError && error.code === "CONNECTION_LOST";
      if (!isLost || !hasNonce() || clock.now() >= endMs) throw error;
      lost = error;
    }
  }
}

/** Returns 128 random bits. `crypto.randomUUID` is not available on insecure origins. */
const randomNonce = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
