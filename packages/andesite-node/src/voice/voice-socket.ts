import { type ClientOptions, type RawData, WebSocket } from "ws";
import { VoiceOpcode } from "./opcodes.ts";

/** A message as the gateway sends it. */
export type VoiceMessage =
  | { readonly binary: false; readonly op: number; readonly data: Readonly<Record<string, unknown>> }
  | { readonly binary: true; readonly op: number; readonly data: Buffer };

/** What a socket tells. */
export interface VoiceSocketEvents {
  opened(): void;
  message(message: VoiceMessage): void;
  /** It is closed, by whomever; the last thing that is told. */
  closed(code: number, reason: string): void;
}

/** Beats that may stay without an answer; then the connection is dead. */
const maxUnanswered = 2;
/** A gateway that asks for less would make us flood it. */
const minHeartbeatMs = 1_000;
const maxHeartbeatMs = 300_000;
/** A message of the gateway is some kilobytes; a group of hundreds is welcomed with more. */
const maxMessageBytes = 1_048_576;
const sequenceBytes = 2;
/** No connection, or one that broke without a word. */
const abnormalClosure = 1_006;

/** A connection to the voice gateway: numbers what it receives, and beats its heart. */
export class VoiceSocket {
  readonly #events: VoiceSocketEvents;
  readonly #socket: WebSocket;
  #sequence: number;
  #heartbeatMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unanswered = 0;
  #sentMs = 0;
  #pingMs: number | null = null;

  /**
   * @param sequence - Of the last message that was received before, in a session that is resumed; −1 for none.
   * @param options - Of the connection: the agent that dials, and authorities.
   */
  constructor(url: string, sequence: number, options: ClientOptions, events: VoiceSocketEvents) {
    this.#sequence = sequence;
    this.#events = events;
    this.#socket = new WebSocket(url, { ...options, maxPayload: maxMessageBytes, perMessageDeflate: false });
    this.#socket.on("open", () => events.opened());
    this.#socket.on("message", (data, binary) => this.#take(data, binary));
    // A close follows each error, and says enough.
    this.#socket.on("error", () => {});
    this.#socket.on("close", (code, reason) => {
      clearTimeout(this.#timer);
      events.closed(code, reason.toString());
    });
  }

  /** Number of the last message that was received; −1 for none. */
  get sequence(): number {
    return this.#sequence;
  }

  /** How long the last beat took to be answered, in ms; null before the first answer. */
  get pingMs(): number | null {
    return this.#pingMs;
  }

  /** Sends a message of JSON. */
  send(op: number, data: Readonly<Record<string, unknown>>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ op, d: data }));
  }

  /** Sends a binary message. */
  sendBinary(op: number, payload: Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(Buffer.concat([Uint8Array.of(op), payload]));
  }

  /** Says good-bye, and does not wait long for an answer. */
  close(code: number): void {
    clearTimeout(this.#timer);
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(code);
    else this.#socket.terminate();
  }

  /** Cuts the connection; it closes with 1006. */
  cut(): void {
    this.#socket.terminate();
  }

  #take(data: RawData, binary: boolean): void {
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    const message = binary ? this.#readBinary(bytes) : this.#readText(bytes.toString());
    if (!message) return;
    if (message.binary) {
      this.#events.message(message);
      return;
    }
    if (message.op === VoiceOpcode.HELLO) this.#beatEvery(message.data["heartbeat_interval"]);
    else if (message.op === VoiceOpcode.HEARTBEAT_ACK) this.#answered();
    else this.#events.message(message);
  }

  #readBinary(bytes: Buffer): VoiceMessage | null {
    if (bytes.length <= sequenceBytes) return null;
    this.#sequence = bytes.readUInt16BE(0);
    return { binary: true, op: bytes.readUInt8(sequenceBytes), data: bytes.subarray(sequenceBytes + 1) };
  }

  #readText(text: string): VoiceMessage | null {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return null;
    }
    if (!isRecord(body)) return null;
    const { op, d, seq } = body;
    if (typeof seq === "number" && Number.isSafeInteger(seq)) this.#sequence = seq;
    return typeof op === "number" ? { binary: false, op, data: isRecord(d) ? d : {} } : null;
  }

  #beatEvery(interval: unknown): void {
    const ms = typeof interval === "number" && Number.isFinite(interval) ? interval : minHeartbeatMs;
    this.#heartbeatMs = Math.min(Math.max(ms, minHeartbeatMs), maxHeartbeatMs);
    this.#unanswered = 0;
    clearTimeout(this.#timer);
    this.#beat();
  }

  #beat(): void {
    if (this.#unanswered >= maxUnanswered) {
      this.cut();
      return;
    }
    this.#unanswered++;
    this.#sentMs = performance.now();
    this.send(VoiceOpcode.HEARTBEAT, { t: Date.now(), seq_ack: this.#sequence });
    this.#timer = setTimeout(() => this.#beat(), this.#heartbeatMs);
  }

  #answered(): void {
    this.#unanswered = 0;
    this.#pingMs = performance.now() - this.#sentMs;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The code of a connection that broke without a word. */
export const brokenCode = abnormalClosure;
