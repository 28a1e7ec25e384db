import { type Packet, Status } from "@asterite/aster-protocol";
import { AsterError, CommandError } from "./errors.ts";

/** Commands whose replies look like pushes. */
const ambiguous = new Set([
  "get_metadata",
  "online",
  "list_channels",
  "list_groups",
  "get_name",
  "get_icon",
  "list_emoji",
]);

interface Waiting {
  readonly command: string;
  /** Whether a push may look like the reply, so that the fence behind the request has to decide. */
  readonly isAmbiguous: boolean;
  /** The likeliest reply so far. */
  best: Packet | undefined;
  /** Undefined once nobody waits any more; the place in the queue stays, to swallow the late reply. */
  settle: ((outcome: Packet | AsterError) => void) | undefined;
}

/** Options of one request. */
export interface RequestOptions {
  /** Stops the waiting; the request itself has been sent and may still be carried out. */
  readonly signal?: AbortSignal | undefined;
  /** Longest time to wait for the reply, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

const sizeOf = ({ data }: Packet): number => (Array.isArray(data) ? data.length : 0);

/**
 * Finds the request that a packet answers.
 *
 * A server answers a connection in order, so only the oldest unanswered request can be meant. Pushes that
 * share a name with a command are told apart by a `ping` sent behind such a request: of what arrives before
 * the ping's reply, the largest is the reply (a push of `get_metadata` holds one user, the others are alike).
 */
export class Requests {
  readonly #send: (packet: object) => void;
  readonly #server: string;
  #queue: Waiting[] = [];

  constructor(send: (packet: object) => void, server: string) {
    this.#send = send;
    this.#server = server;
  }

  /** Sends a packet and resolves with the packet that answers it, whatever its status. */
  request(packet: { readonly command: string }, options: RequestOptions = {}): Promise<Packet> {
    const { signal, timeoutMs } = options;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const waiting = this.#push(packet, (outcome) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        waiting.settle = undefined;
        if (outcome instanceof AsterError) reject(outcome);
        else resolve(outcome);
      });
      const abort = (): void => {
        clearTimeout(timer);
        waiting.settle = undefined;
        reject(signal?.reason);
      };
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => {
              const text = `no answer to ${packet.command} within ${timeoutMs} ms`;
              waiting.settle?.(new AsterError("TIMED_OUT", text, { server: this.#server }));
            }, timeoutMs);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Sends a packet whose reply nobody waits for; it keeps its place, so that the reply confuses nobody. */
  post(packet: { readonly command: string }): void {
    this.#push(packet, undefined);
  }

  /** Gives a packet to the request that it answers, if it answers one. */
  handle(packet: Packet): void {
    const head = this.#queue[0];
    if (!head) return;
    if (!head.isAmbiguous) {
      if (packet.command === head.command) this.#settleHead(packet);
      else if (packet.command === "unknown") this.#settleHead(this.#garbled(head));
      return;
    }
    if (packet.command === head.command) {
      if (!head.best || sizeOf(packet) >= sizeOf(head.best)) head.best = packet;
      // A push never carries an error, so this is the reply for certain.
      if (packet.status !== Status.Ok) this.#settleHead(packet);
    } else if (packet.command === "unknown") {
      this.#settleHead(this.#garbled(head));
    } else if (packet.command === "ping" && this.#queue[1]?.command === "ping") {
      this.#settleHead(head.best ?? this.#missing(head));
      this.#settleHead(packet);
    }
  }

  /** Rejects everything that waits: nothing more will come. */
  fail(error: AsterError): void {
    const waiting = this.#queue;
    this.#queue = [];
    for (const { settle } of waiting) settle?.(error);
  }

  #push(packet: { readonly command: string }, settle: Waiting["settle"]): Waiting {
    const isAmbiguous = ambiguous.has(packet.command);
    const waiting: Waiting = { command: packet.command, isAmbiguous, best: undefined, settle };
    this.#queue.push(waiting);
    this.#send(packet);
    if (isAmbiguous) this.post({ command: "ping" });
    return waiting;
  }

  #settleHead(outcome: Packet | AsterError): void {
    this.#queue.shift()?.settle?.(outcome);
  }

  #missing(head: Waiting): AsterError {
    return new AsterError("PROTOCOL_VIOLATION", `no answer to ${head.command}`, { server: this.#server });
  }

  #garbled(head: Waiting): CommandError {
    return new CommandError(head.command, Status.Malformed, {
      server: this.#server,
      meaning: "the server could not read the request",
    });
  }
}
