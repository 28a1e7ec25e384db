import { type Packet, Status } from "@asterite/aster-protocol";
import type { Clock } from "../clock.ts";
import { AsterError, CommandError } from "../errors.ts";

/** A packet to a server. */
export interface OutgoingPacket {
  /** The command's name. */
  readonly command: string;
  /** Whatever the command takes. */
  readonly [field: string]: unknown;
}

/** Commands whose replies look like pushes; a fence behind the request decides. */
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
  /** Whether a push may look like the reply, so that the fence behind the request has to decide. */
  readonly isAmbiguous: boolean;
  /** The likeliest reply so far. */
  candidate: Packet | undefined;
  /** Undefined once nobody waits any more; the place in the queue stays, to swallow the late reply. */
  settle: ((outcome: Packet | AsterError) => void) | undefined;
}

/** Options of one request. */
export interface RequestOptions {
  /** Stops the waiting; the request itself has been sent and may still be carried out. */
  readonly signal?: AbortSignal | undefined;
  /** Longest time to wait for the reply, in milliseconds. Default: `requestTimeoutMs` of the server. */
  readonly timeoutMs?: number | undefined;
}

const sizeOf = ({ data }: Packet): number => (Array.isArray(data) ? data.length : 0);

/** The push of this name carries who types, the reply carries nothing. */
const isTypingPush = (packet: Packet): boolean => packet.command === "typing" && "author_uuid" in packet;

/**
 * Finds the request that a packet answers.
 *
 * A server answers a connection in order, so only the oldest unanswered request can be meant. Pushes that
 * share a name with a command are told apart by a `ping` sent behind such a request: of what arrives before
 * the ping's reply, the reply of `get_metadata` is the one with most users (a push holds one), and for the
 * others, where push and reply both tell the whole, the last is the freshest.
 */
export class RequestMatcher {
  readonly #sendText: (text: string) => void;
  readonly #server: string;
  readonly #clock: Clock;
  #queue: PendingRequest[] = [];

  constructor(send: (text: string) => void, server: string, clock: Clock) {
    this.#sendText = send;
    this.#server = server;
    this.#clock = clock;
  }

  /** How many requests are not answered yet, those that nobody waits for any more included. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Sends a packet and resolves with the packet that answers it, whatever its status. */
  request(packet: OutgoingPacket, { signal, timeoutMs }: RequestOptions = {}): Promise<Packet> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      let timer: unknown;
      const stop = (): void => {
        waiting.settle = undefined;
        this.#clock.clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      const abort = (): void => {
        stop();
        reject(signal?.reason);
      };
      const waiting = this.#enqueue(packet, (outcome) => {
        stop();
        if (outcome instanceof AsterError) reject(outcome);
        else resolve(outcome);
      });
      signal?.addEventListener("abort", abort, { once: true });
      if (timeoutMs === undefined || timeoutMs === Number.POSITIVE_INFINITY) return;
      timer = this.#clock.setTimeout(() => {
        waiting.settle?.(
          this.#error("TIMED_OUT", `no answer to ${packet.command} within ${timeoutMs} ms`, packet),
        );
      }, timeoutMs);
    });
  }

  /** Sends a packet whose reply nobody waits for; it keeps its place, so that the reply confuses nobody. */
  send(packet: OutgoingPacket): void {
    this.#enqueue(packet, undefined);
  }

  /** Gives a packet to the request that it answers, if it answers one. */
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

  /** Rejects everything that waits: nothing more will come. */
  rejectAll(error: AsterError): void {
    const waiting = this.#queue;
    this.#queue = [];
    for (const { settle } of waiting) settle?.(error);
  }

  #enqueue(packet: OutgoingPacket, settle: PendingRequest["settle"]): PendingRequest {
    // Before the place in the queue is taken: what cannot be written down gets no reply either.
    const text = JSON.stringify(packet);
    const isAmbiguous = ambiguousCommands.has(packet.command);
    const waiting: PendingRequest = { command: packet.command, isAmbiguous, candidate: undefined, settle };
    this.#queue.push(waiting);
    this.#sendText(text);
    if (isAmbiguous) this.send({ command: "ping" });
    return waiting;
  }

  #considerCandidate(head: PendingRequest, packet: Packet): void {
    // A push never carries an error, so this is the reply for certain.
    if (packet.status !== Status.Ok) this.#settleHead(packet);
    else if (!head.candidate || head.command !== "get_metadata" || sizeOf(packet) >= sizeOf(head.candidate)) {
      head.candidate = packet;
    }
  }

  /**
   * A reply that is not the head's belongs to a later request; in a server that answers in order, whatever
   * stands before it will not be answered any more.
   */
  #settleLater(packet: Packet): void {
    const index = this.#queue.findIndex(
      ({ command, isAmbiguous }) => command === packet.command && !isAmbiguous,
    );
    if (index < 0) return;
    for (const passed of this.#queue.splice(0, index))
      passed.settle?.(passed.candidate ?? this.#missingReply(passed));
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
    return new AsterError(code, text, { server: this.#server, command });
  }

  #missingReply(passed: PendingRequest): AsterError {
    return this.#error("PROTOCOL_VIOLATION", `no answer to ${passed.command}`, passed);
  }

  #unreadableRequest(head: PendingRequest): CommandError {
    return new CommandError(head.command, Status.Malformed, {
      server: this.#server,
      meaning: "the server could not read the request",
    });
  }
}
