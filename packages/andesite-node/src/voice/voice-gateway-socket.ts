import { isRecord } from "@asterite/util";
import { type ClientOptions, type RawData, WebSocket } from "ws";
import type { GatewayData } from "./gateway-data.ts";
import { VoiceOpcode } from "./opcodes.ts";
import { RateWindow } from "./rate-window.ts";

/** Parsed gateway message. */
export type GatewayMessage =
  | { readonly type: "json"; readonly op: number; readonly data: GatewayData }
  | { readonly type: "binary"; readonly op: number; readonly data: Buffer };

/** Events of {@link VoiceGatewaySocket}. */
export interface VoiceGatewayEvents {
  opened(): void;
  message(message: GatewayMessage): void;
  /** A heartbeat was answered. */
  pinged(): void;
  /** The gateway exceeded the limit of messages or bytes. */
  limitExceeded(): void;
  /** The socket was closed or could not be opened. This is the last event. */
  closed(code: number, reason: string): void;
}

/** Unacknowledged heartbeats after which the connection counts as dead. */
const maxUnackedHeartbeats = 2;
/** Lower bound of the heartbeat interval, so that a gateway cannot make us flood it. */
const minHeartbeatMs = 1_000;
const maxHeartbeatMs = 300_000;
/** Maximum message size. Messages have a few kilobytes; the welcome to a group of hundreds is larger. */
const maxMessageBytes = 1_048_576;
/** Limits of messages and bytes per 10 s: many times what a call of hundreds causes. */
const windowMs = 10_000;
const maxMessages = 2_000;
const maxBytes = 8_388_608;
/** Limit of bytes queued for a gateway that does not read. */
const maxQueuedBytes = 1_048_576;
/** Time limit of the closing handshake. */
const closeTimeoutMs = 2_000;
const sequenceBytes = 2;

/**
 * WebSocket connection to the voice gateway. Tracks the sequence number of received messages and sends
 * heartbeats.
 */
export class VoiceGatewaySocket {
  readonly #events: VoiceGatewayEvents;
  readonly #socket: WebSocket;
  readonly #messageRate = new RateWindow(maxMessages, windowMs);
  readonly #byteRate = new RateWindow(maxBytes, windowMs);
  #sequence: number;
  #heartbeatMs = 0;
  #heartbeatTimer: ReturnType<typeof setTimeout> | undefined;
  #unackedHeartbeats = 0;
  #heartbeatSentMs = 0;
  #pingMs = -1;

  /**
   * @param sequence - Sequence number of the last message of a session that is resumed; −1 for none.
   * @param options - Connection options: agent and certificate authorities.
   */
  constructor(url: string, sequence: number, options: ClientOptions, events: VoiceGatewayEvents) {
    this.#sequence = sequence;
    this.#events = events;
    // The types of `ws` lack `closeTimeout`.
    const limits: ClientOptions & { readonly closeTimeout: number } = {
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      closeTimeout: closeTimeoutMs,
    };
    this.#socket = new WebSocket(url, { ...options, ...limits });
    this.#socket.on("open", () => events.opened());
    this.#socket.on("message", (data, isBinary) => this.#handleMessage(data, isBinary));
    // Each error is followed by `close`.
    let fault = "";
    this.#socket.on("error", ({ message }) => {
      fault = message;
    });
    this.#socket.on("close", (code, reason) => {
      clearTimeout(this.#heartbeatTimer);
      events.closed(code, reason.toString() || fault);
    });
  }

  /** Sequence number of the last received message; −1 for none. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Round trip time of the last heartbeat in ms; −1 before the first answer. */
  get pingMs(): number {
    return this.#pingMs;
  }

  /** Sends a JSON message. */
  send(op: number, data: GatewayData): void {
    this.#write(JSON.stringify({ op, d: data }));
  }

  /** Sends a binary message. */
  sendBinary(op: number, payload: Uint8Array): void {
    this.#write(Buffer.concat([Uint8Array.of(op), payload]));
  }

  /** Closes the connection; the closing handshake has a short time limit. */
  close(code: number): void {
    clearTimeout(this.#heartbeatTimer);
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(code);
    else if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
  }

  /** Terminates the connection, which then closes with 1006. */
  terminate(): void {
    clearTimeout(this.#heartbeatTimer);
    this.#socket.terminate();
  }

  #write(message: string | Buffer): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > maxQueuedBytes) this.terminate();
    else this.#socket.send(message);
  }

  #handleMessage(data: RawData, isBinary: boolean): void {
    // Ignore messages that arrive after closing started.
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (!this.#messageRate.tryConsume() || !this.#byteRate.tryConsume(bytes.length)) {
      this.#events.limitExceeded();
      return;
    }
    const message = isBinary ? this.#parseBinary(bytes) : this.#parseText(bytes.toString());
    if (!message) return;
    if (message.type === "binary") {
      this.#events.message(message);
      return;
    }
    if (message.op === VoiceOpcode.HELLO) this.#startHeartbeat(message.data["heartbeat_interval"]);
    else if (message.op === VoiceOpcode.HEARTBEAT_ACK) this.#handleAck();
    else this.#events.message(message);
  }

  #parseBinary(bytes: Buffer): GatewayMessage | undefined {
    if (bytes.length <= sequenceBytes) return undefined;
    this.#sequence = bytes.readUInt16BE(0);
    return { type: "binary", op: bytes.readUInt8(sequenceBytes), data: bytes.subarray(sequenceBytes + 1) };
  }

  #parseText(text: string): GatewayMessage | undefined {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return undefined;
    }
    if (!isRecord(body)) return undefined;
    const { op, d, seq } = body;
    if (typeof seq === "number" && Number.isSafeInteger(seq)) this.#sequence = seq;
    return typeof op === "number" ? { type: "json", op, data: isRecord(d) ? d : {} } : undefined;
  }

  #startHeartbeat(interval: unknown): void {
    // Only the first HELLO sets the interval; another one must not start a second heartbeat.
    if (this.#heartbeatMs > 0) return;
    const ms = typeof interval === "number" && Number.isFinite(interval) ? interval : minHeartbeatMs;
    this.#heartbeatMs = Math.min(Math.max(ms, minHeartbeatMs), maxHeartbeatMs);
    this.#heartbeat();
  }

  #handleAck(): void {
    // An answer that no heartbeat asked for has no round trip time.
    if (this.#unackedHeartbeats === 0) return;
    this.#unackedHeartbeats = 0;
    this.#pingMs = Math.round(performance.now() - this.#heartbeatSentMs);
    this.#events.pinged();
  }

  #heartbeat(): void {
    if (this.#unackedHeartbeats >= maxUnackedHeartbeats) {
      this.terminate();
      return;
    }
    this.#unackedHeartbeats++;
    this.#heartbeatSentMs = performance.now();
    this.#heartbeatTimer = setTimeout(() => this.#heartbeat(), this.#heartbeatMs);
    this.send(VoiceOpcode.HEARTBEAT, { t: Date.now(), seq_ack: this.#sequence });
  }
}
