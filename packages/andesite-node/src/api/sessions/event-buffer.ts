import type { ClientSession, SessionIdentity } from "./client-session.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import type { Subscriber } from "./player-subscriptions.ts";

/** Size limits of an event buffer. */
export interface BufferLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** Buffers the events of a lost connection for a resume (section 9.8 of the protocol). */
export class EventBuffer implements Subscriber {
  /** Identity of the lost connection. */
  readonly identity: SessionIdentity;
  /** Key by which a Lavalink 3 client resumes the connection; undefined for none. */
  readonly resumeKey: string | undefined;
  /** How long events are buffered, in ms. */
  readonly bufferMs: number;
  readonly #limits: BufferLimits;
  readonly #onEnd: (reason: "expired" | "full") => void;
  readonly #timer: NodeJS.Timeout;
  readonly #messages: Buffer[] = [];
  #bytes = 0;

  /** @param onEnd - Called when the buffer expires or exceeds its limits. */
  constructor(
    { identity, resumeKey, bufferMs }: Pick<ClientSession, "identity" | "resumeKey" | "bufferMs">,
    limits: BufferLimits,
    end: (reason: "expired" | "full") => void,
  ) {
    this.identity = identity;
    this.resumeKey = resumeKey;
    this.bufferMs = bufferMs;
    this.#limits = limits;
    this.#onEnd = end;
    this.#timer = setTimeout(() => end("expired"), bufferMs).unref();
  }

  /** Buffered messages, oldest first. */
  get messages(): readonly Buffer[] {
    return this.#messages;
  }

  deliver(message: OutgoingMessage): void {
    const bytes = message.encode(this.identity);
    if (bytes === undefined) return;
    this.#bytes += bytes.length;
    this.#messages.push(bytes);
    const { maxMessages, maxBytes } = this.#limits;
    if (this.#messages.length > maxMessages || this.#bytes > maxBytes) this.#onEnd("full");
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
