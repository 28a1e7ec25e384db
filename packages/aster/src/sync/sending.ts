import type { Clock } from "../clock.ts";
import { AsterError, argumentError } from "../errors.ts";
import type { Command } from "../session/command.ts";
import type { RequestOptions } from "../session/request-matcher.ts";

/** Options of {@link Channel.send}. */
export interface SendOptions extends RequestOptions {
  /** The message to answer, by its uuid. */
  readonly replyTo?: number | undefined;
  /**
   * Name of this message, up to 64 characters: where the server has the extension `nonce`, a second message
   * of the account with the same nonce within a day is not stored again. Default: a random one.
   */
  readonly nonce?: string | undefined;
}

/** What sending needs from the server object. */
interface SendingContext {
  readonly command: Command;
  readonly whenReady: () => Promise<void>;
  readonly hasNonce: () => boolean;
  readonly clock: Clock;
  readonly retryMs: number;
}

/**
 * Sends one message and resolves with its uuid. With a nonce a lost connection does not matter: whether the
 * server stored the message or not, sending it again gives the one uuid.
 */
export async function sendIdempotent(
  fields: { readonly content: string; readonly channel: number },
  { replyTo, nonce, signal, timeoutMs }: SendOptions,
  context: SendingContext,
): Promise<number> {
  if (nonce !== undefined && (nonce === "" || nonce.length > 64)) {
    throw argumentError("nonce", nonce, "1 to 64 characters");
  }
  const { clock, retryMs } = context;
  const endMs = clock.now() + retryMs;
  const name = nonce ?? (context.hasNonce() ? randomNonce() : undefined);
  const request = {
    ...fields,
    ...(replyTo !== undefined && { reply: replyTo }),
    ...(name !== undefined && { nonce: name }),
  };
  for (;;) {
    try {
      return (await context.command("send", request, { signal, timeoutMs })).message;
    } catch (error) {
      const isLost = error instanceof AsterError && error.code === "CONNECTION_LOST";
      if (!isLost || !context.hasNonce() || clock.now() >= endMs) throw error;
      if (!(await waitUntilReady(context, endMs - clock.now(), signal)) || !context.hasNonce()) throw error;
    }
  }
}

/** Whether the session came back in time. */
async function waitUntilReady(
  { clock, whenReady }: SendingContext,
  withinMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const timer = clock.setTimeout(() => resolve(false), withinMs);
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  whenReady().then(() => resolve(true), reject);
  try {
    return await promise;
  } finally {
    clock.clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** 128 random bits; unlike `randomUUID`, also in pages that a browser does not call secure. */
const randomNonce = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
