import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { OutgoingPacket } from "../../hub/outgoing-packet.ts";
import { FrameMeter } from "./frame-meter.ts";
import type { Framing, FramingListener } from "./framing.ts";

const goingAway = 1001;
const messageTooBig = 1009;
const policyViolation = 1008;
const finalPong = 0x8a;

/** WebSocket framing: one packet per text message; binary messages are ignored. */
export class WebSocketFraming implements Framing {
  readonly type = "websocket";
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #listener: FramingListener;
  readonly #timeoutMs: number;
  readonly #meter = new FrameMeter();
  #deadline: NodeJS.Timeout | undefined;
  #isPaused = false;
  #isStopped = false;

  /** @param timeoutMs - Time limit from the first byte of a message to its last, while the server reads. */
  constructor(webSocket: WebSocket, socket: Socket, listener: FramingListener, timeoutMs: number) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#listener = listener;
    this.#timeoutMs = timeoutMs;
    webSocket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary && !this.#isStopped) listener.handleRequest(data.toString("utf8"));
    });
    // Behind the packets, which are written in parts.
    webSocket.on("ping", (data) =>
      listener.sendControl(Buffer.concat([Buffer.of(finalPong, data.length), data])),
    );
    webSocket.on("close", () => {
      clearTimeout(this.#deadline);
      listener.handleEnd();
    });
    // The library closes the connection after an invalid frame; without a listener the error would be
    // uncaught.
    webSocket.on("error", (error) => listener.handleFramingError(error.message));
    // Behind the library's own listener, which has emitted the complete messages of the chunk by then.
    socket.on("data", (chunk: Buffer) => {
      this.#meter.push(chunk);
      listener.countFrames(this.#meter.takeFrames());
      this.#checkUnfinished();
    });
  }

  encode(packet: OutgoingPacket, withSeq: boolean): Buffer {
    return packet.frame(withSeq);
  }

  pause(): void {
    this.#isPaused = true;
    this.#webSocket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#checkUnfinished();
    if (!this.#isPaused && !this.#isStopped) this.#webSocket.resume();
  }

  end(): void {
    this.#webSocket.close(goingAway);
  }

  #checkUnfinished(): void {
    const { unfinishedBytes } = this.#meter;
    this.#listener.resizeUnfinished(unfinishedBytes);
    if (unfinishedBytes === 0) {
      clearTimeout(this.#deadline);
      this.#deadline = undefined;
    } else {
      this.#deadline ??= this.#startDeadline();
      if (unfinishedBytes <= this.#listener.maxMessageBytes) return;
      if (this.#listener.isLimitPending) this.pause();
      else this.#reject(messageTooBig, "message too long");
    }
  }

  /** Limits the time for a message, so that one that never ends cannot occupy memory indefinitely. */
  #startDeadline(): NodeJS.Timeout {
    return setTimeout(() => {
      // The sender cannot complete the message while the socket is paused.
      if (this.#isPaused) this.#deadline = this.#startDeadline();
      else this.#reject(policyViolation, "message timeout");
    }, this.#timeoutMs);
  }

  /** Closes without waiting for the peer, whose further bytes would be buffered until it answers. */
  #reject(code: number, reason: string): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#deadline);
    this.#webSocket.close(code, reason);
    this.#webSocket.pause();
    this.#socket.destroySoon();
    this.#listener.handleFramingError(reason);
  }
}
