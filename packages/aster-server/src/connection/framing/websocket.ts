import type { WebSocket } from "ws";
import type { OutgoingPacket } from "../../hub/outgoing-packet.ts";
import type { Framing, FramingListener } from "./framing.ts";

const goingAway = 1001;

/** WebSocket framing: one packet per text message; binary messages are ignored. */
export class WebSocketFraming implements Framing {
  readonly type = "websocket";
  readonly #webSocket: WebSocket;

  constructor(webSocket: WebSocket, listener: FramingListener) {
    this.#webSocket = webSocket;
    webSocket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) listener.handleRequest(data.toString("utf8"));
    });
    webSocket.on("close", () => listener.handleEnd());
    // The library closes the connection after an invalid frame; without a listener the error would be
    // uncaught.
    webSocket.on("error", (error) => listener.handleFramingError(error.message));
  }

  encode(packet: OutgoingPacket, withSeq: boolean): Buffer {
    return packet.frame(withSeq);
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  end(): void {
    this.#webSocket.close(goingAway);
  }
}
