import { type Packet, Status } from "@asterite/aster-protocol";
import type { Clock } from "../clock.ts";
import { byteLength } from "../debug.ts";
import { AsterError, argumentError, CommandError, limitError } from "../errors.ts";
import { isTimeout, timeoutRange } from "../timeout.ts";

/** A packet to send to a server. */
export interface OutgoingPacket {
  /** Name of the command. */
  readonly command: string;
  /** Fields of the command. */
  readonly [field: string]: unknown;
}

/** @throws AsterError `ARGUMENT_INVALID` for a packet without a command, to which servers reply with an error. */
export function checkPacket(packet: OutgoingPacket): void {
  if (typeof packet?.command !== "string") throw argumentError("packet", packet, "an object with command");
}

/** Commands whose replies look like pushes of the same name; a `ping` follows each such request. */
const ambiguousCommands = new Set([
  "get_metadata",
  "online",
  "list_channels",
  "list_groups",
  "get_name",
  "get_icon",
  "list_emoji",
]);

interface PendingRequest {
  readonly command: string;
  /** Whether a push may look like the reply, so that the reply to the following `ping` has to decide. */
  readonly isAmbiguous: boolean;
  /** Most likely reply so far. */
  candidate: Packet | undefined;
  /** Undefined after a timeout or abort. The request stays in the queue to consume its late reply. */
  settle: ((outcome: Packet | AsterError) => void) | undefined;
}

/** Options of a request. */
export interface RequestOptions {
  /** Stops waiting for the reply. The request was already sent and may still be executed. */
  readonly signal?: AbortSignal | undefined;
  /** Maximum time to wait for the reply, in ms. Default: `requestTimeoutMs` of the server. */
  readonly timeoutMs?: number | undefined;
}

/** Types of {@link RequestOptions}; see {@link OptionTypes}. */
export const requestOptions = { signal: 0, timeoutMs: "number" };

const sizeOf = ({ data }: Packet): number => (Array.isArray(data) ? data.length : 0);

/** Returns whether a packet is a push of `typing`, which names its author; the reply has no fields. */
const isTypingPush = (packet: Packet): boolean => packet.command === "typing" && "author_uuid" in packet;

/**
 * Matches replies to requests.
 *
 * A server replies in the order of the requests, so a packet can only be the reply to the oldest pending
 * request. Pushes that share their name with a command are distinguished by a `ping` sent after the request:
 * of the packets that arrive before the reply to the `ping`, the reply to `get_metadata` is the one with the
 * most users (a push has one). For the other commands, push and reply both have complete data, and the last
 * packet is the newest.
 */
export class RequestMatcher {
  readonly #sendText: (text: string, command: string) => void;
  readonly #address: string;
  readonly #clock: Clock;
  #queue: PendingRequest[] = [];
  #maxBytes = Number.POSITIVE_INFINITY;

  constructor(sendText: (text: string, command: string) => void, address: string, clock: Clock) {
    this.#sendText = sendText;
    this.#address = address;
    this.#clock = clock;
  }

  /** Number of requests without a reply, including those that timed out or were aborted. */
  get pendingCount(): number {
    return this.#queue.length;
  }

  /** Refuses packets above a size in bytes from now on: the server would close the connection. */
  limitPackets(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  /** Sends a packet and returns its reply, with any status. */
  request(packet: OutgoingPacket, { signal, timeoutMs }: RequestOptions = {}): Promise<Packet> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (timeoutMs !== undefined && !isTimeout(timeoutMs)) {
        throw argumentError("timeoutMs", timeoutMs, timeoutRange);
      }
      let timer: unknown;
      const stop = (): void => {
        pending.settle = undefined;
        this.#clock.clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      const abort = (): void => {
        stop();
        reject(signal?.reason);
      };
      const pending = this.#enqueue(packet, (outcome) => {
        stop();
        if (outcome instanceof AsterError) reject(outcome);
        else resolve(outcome);
      });
      signal?.addEventListener("abort", abort, { once: true });
      if (timeoutMs === undefined || timeoutMs === Number.POSITIVE_INFINITY) return;
      timer = this.#clock.setTimeout(() => {
        const text = `no reply to ${packet.command} within ${timeoutMs} ms`;
        pending.settle?.(this.#error("TIMED_OUT", text, packet));
      }, timeoutMs);
    });
  }

  /**
   * Sends a packet without waiting for its reply. The reply is still matched, so that it is not taken for
   * another.
   */
  send(packet: OutgoingPacket): void {
    this.#enqueue(packet, undefined);
  }

  /** Settles the request that a packet replies to, if there is one. */
  handlePacket(packet: Packet): void {
    const head = this.#queue[0];
    if (!head || isTypingPush(packet)) return;
    if (packet.command === "unknown") {
      this.#settleHead(this.#unreadableRequest(head));
    } else if (packet.command === head.command) {
      if (head.isAmbiguous) this.#considerCandidate(head, packet);
      else this.#settleHead(packet);
    } else if (!ambiguousCommands.has(packet.command)) {
      this.#settleLater(packet);
    }
  }

  /** Rejects all pending requests, because the connection ended. */
  rejectAll(error: AsterError): void {
    const pending = this.#queue;
    this.#queue = [];
    for (const { settle } of pending) settle?.(error);
  }

  #enqueue(packet: OutgoingPacket, settle: PendingRequest["settle"]): PendingRequest {
    // Serialise before queueing: a packet that cannot be serialised is not sent and gets no reply.
    const text = JSON.stringify(packet);
    // A UTF-16 code unit has at most three bytes, so most packets need not be counted.
    if (text.length * 3 > this.#maxBytes && byteLength(text) > this.#maxBytes) {
      throw limitError(`the packet ${packet.command}`, byteLength(text), this.#maxBytes, "bytes");
    }
    const isAmbiguous = ambiguousCommands.has(packet.command);
    const pending: PendingRequest = { command: packet.command, isAmbiguous, candidate: undefined, settle };
    this.#queue.push(pending);
    this.#sendText(text, packet.command);
    if (isAmbiguous) this.send({ command: "ping" });
    return pending;
  }

  #considerCandidate(head: PendingRequest, packet: Packet): void {
    // Pushes never have an error status, so this is the reply.
    if (packet.status !== Status.Ok) this.#settleHead(packet);
    else if (!head.candidate || head.command !== "get_metadata" || sizeOf(packet) >= sizeOf(head.candidate)) {
      head.candidate = packet;
    }
  }

  /**
   * Settles a request other than the oldest one. Since replies arrive in order, the requests before it get no
   * further reply: they resolve with their candidate or are rejected.
   */
  #settleLater(packet: Packet): void {
    const index = this.#queue.findIndex(
      ({ command, isAmbiguous }) => command === packet.command && !isAmbiguous,
    );
    if (index < 0) return;
    for (const skipped of this.#queue.splice(0, index)) {
      skipped.settle?.(skipped.candidate ?? this.#missingReply(skipped));
    }
    this.#settleHead(packet);
  }

  #settleHead(outcome: Packet | AsterError): void {
    this.#queue.shift()?.settle?.(outcome);
  }

  #error(
    code: "TIMED_OUT" | "PROTOCOL_VIOLATION",
    text: string,
    { command }: { command: string },
  ): AsterError {
    return new AsterError(code, text, { server: this.#address, command });
  }

  #missingReply(skipped: PendingRequest): AsterError {
    return this.#error("PROTOCOL_VIOLATION", `no reply to ${skipped.command}`, skipped);
  }

  #unreadableRequest(head: PendingRequest): CommandError {
    return new CommandError(head.command, Status.Malformed, {
      server: this.#address,
      meaning: "the server could not parse the request",
    });
  }
}
