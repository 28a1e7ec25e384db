import { type ClientOptions, type RawData, WebSocket } from "ws";
import type { GatewayData } from "./gateway-data.ts";
import { VoiceOpcode } from "./opcodes.ts";
import { RateWindow } from "./rate-window.ts";

/** A message as the gateway sends it. */
export type GatewayMessage =
  | { readonly binary: false; readonly op: number; readonly data: GatewayData }
  | { readonly binary: true; readonly op: number; readonly data: Buffer };

/** What a socket tells. */
export interface VoiceGatewayEvents {
  opened(): void;
  message(message: GatewayMessage): void;
  /** The gateway sends more than is good for anybody. */
  limitExceeded(): void;
  /** It is closed, by whomever, or never was open; the last thing that is told. */
  closed(code: number, reason: string): void;
}

/** Beats that may stay without an answer; then the connection is dead. */
const maxUnackedHeartbeats = 2;
/** A gateway that asks for less would make us flood it. */
const minHeartbeatMs = 1_000;
const maxHeartbeatMs = 300_000;
/** A message of the gateway is some kilobytes; a group of hundreds is welcomed with more. */
const maxMessageBytes = 1_048_576;
/** Messages and bytes that may come in ten seconds: many times what a call of hundreds makes. */
const windowMs = 10_000;
const maxMessages = 2_000;
const maxBytes = 8_388_608;
/** Bytes that wait for a gateway that does not read. */
const maxQueuedBytes = 1_048_576;
/** ms that a good-bye may take. */
const closeTimeoutMs = 2_000;
const sequenceBytes = 2;

/** A connection to the voice gateway: numbers what it receives, and beats its heart. */
export class VoiceGatewaySocket {
  readonly #events: VoiceGatewayEvents;
  readonly #socket: WebSocket;
  readonly #messageRate = new RateWindow(maxMessages, windowMs);
  readonly #byteRate = new RateWindow(maxBytes, windowMs);
  #sequence: number;
  #heartbeatMs = 0;
  #heartbeatTimer: ReturnType<typeof setTimeout> | undefined;
  #unackedHeartbeats = 0;

  /**
   * @param sequence - Of the last message that was received before, in a session that is resumed; −1 for none.
   * @param options - Of the connection: the agent that dials, and authorities.
   */
  constructor(url: string, sequence: number, options: ClientOptions, events: VoiceGatewayEvents) {
    this.#sequence = sequence;
    this.#events = events;
    // The types of ws do not know `closeTimeout` yet.
    const limits: ClientOptions & { readonly closeTimeout: number } = {
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      closeTimeout: closeTimeoutMs,
    };
    this.#socket = new WebSocket(url, { ...options, ...limits });
    this.#socket.on("open", () => events.opened());
    this.#socket.on("message", (data, binary) => this.#handleMessage(data, binary));
    // A close follows each error.
    let fault = "";
    this.#socket.on("error", ({ message }) => {
      fault = message;
    });
    this.#socket.on("close", (code, reason) => {
      clearTimeout(this.#heartbeatTimer);
      events.closed(code, reason.toString() || fault);
    });
  }

  /** Number of the last message that was received; −1 for none. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Sends a message of JSON. */
  send(op: number, data: GatewayData): void {
    this.#write(JSON.stringify({ op, d: data }));
  }

  /** Sends a binary message. */
  sendBinary(op: number, payload: Uint8Array): void {
    this.#write(Buffer.concat([Uint8Array.of(op), payload]));
  }

  /** Says good-bye, and does not wait long for an answer. */
  close(code: number): void {
    clearTimeout(this.#heartbeatTimer);
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(code);
    else if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
  }

  /** Cuts the connection; it closes with 1006. */
  terminate(): void {
    clearTimeout(this.#heartbeatTimer);
    this.#socket.terminate();
  }

  #write(message: string | Buffer): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > maxQueuedBytes) this.terminate();
    else this.#socket.send(message);
  }

  #handleMessage(data: RawData, binary: boolean): void {
    // What arrived with the last words is not looked at after a good-bye.
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (!this.#messageRate.tryConsume() || !this.#byteRate.tryConsume(bytes.length)) {
      this.#events.limitExceeded();
      return;
    }
    const message = binary ? this.#parseBinary(bytes) : this.#parseText(bytes.toString());
    if (!message) return;
    if (message.binary) {
      this.#events.message(message);
      return;
    }
    if (message.op === VoiceOpcode.HELLO) this.#startHeartbeat(message.data["heartbeat_interval"]);
    else if (message.op === VoiceOpcode.HEARTBEAT_ACK) this.#unackedHeartbeats = 0;
    else this.#events.message(message);
  }

  #parseBinary(bytes: Buffer): GatewayMessage | null {
    if (bytes.length <= sequenceBytes) return null;
    this.#sequence = bytes.readUInt16BE(0);
    return { binary: true, op: bytes.readUInt8(sequenceBytes), data: bytes.subarray(sequenceBytes + 1) };
  }

  #parseText(text: string): GatewayMessage | null {
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

  #startHeartbeat(interval: unknown): void {
    // The interval is said once; another greeting must not make the heart beat out of turn.
    if (this.#heartbeatMs > 0) return;
    const ms = typeof interval === "number" && Number.isFinite(interval) ? interval : minHeartbeatMs;
    this.#heartbeatMs = Math.min(Math.max(ms, minHeartbeatMs), maxHeartbeatMs);
    this.#heartbeat();
  }

  #heartbeat(): void {
    if (this.#unackedHeartbeats >= maxUnackedHeartbeats) {
      this.terminate();
      return;
    }
    this.#unackedHeartbeats++;
    this.#heartbeatTimer = setTimeout(() => this.#heartbeat(), this.#heartbeatMs);
    this.send(VoiceOpcode.HEARTBEAT, { t: Date.now(), seq_ack: this.#sequence });
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
