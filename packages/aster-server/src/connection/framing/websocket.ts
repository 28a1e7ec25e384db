import type { WebSocket } from "ws";
import type { OutgoingPacket } from "../../hub/outgoing-packet.ts";
import type { Framing, FramingEvents } from "./framing.ts";

const goingAway = 1001;

/** One JSON document a text message; binary messages are ignored. */
export class WebSocketFraming implements Framing {
  readonly kind = "websocket";
  readonly #webSocket: WebSocket;

  constructor(webSocket: WebSocket, events: FramingEvents) {
    this.#webSocket = webSocket;
    webSocket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) events.received(data.toString("utf8"));
    });
    webSocket.on("close", () => events.ended());
    // The library closes by itself after a broken frame; without a listener it would end the process.
    webSocket.on("error", (error) => events.broken(error.message));
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
