import type { WebSocket } from "ws";
import type { OutgoingPacket } from "../../hub/outgoing-packet.ts";
import type { Framing, FramingListener } from "./framing.ts";

const goingAway = 1001;

/** One JSON document a text message; binary messages are ignored. */
export class WebSocketFraming implements Framing {
  readonly type = "websocket";
  readonly #webSocket: WebSocket;

  constructor(webSocket: WebSocket, events: FramingListener) {
    this.#webSocket = webSocket;
    webSocket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) events.handleRequest(data.toString("utf8"));
    });
    webSocket.on("close", () => events.handleEnd());
    // The library closes by itself after a broken frame; without a listener it would end the process.
    webSocket.on("error", (error) => events.handleFramingError(error.message));
  }

  encode(packet: OutgoingPacket, isNumbered: boolean): Buffer {
    return packet.frame(isNumbered);
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
