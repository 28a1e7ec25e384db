import type { IncomingHttpHeaders } from "node:http";
import type { WebSocket } from "ws";
import type { Json } from "./scripted-player.ts";

/** Events that are kept for a client whose connection was lost. */
export interface EventBuffer {
  readonly userId: string;
  readonly players: Set<string>;
  readonly messages: string[];
  readonly timer: NodeJS.Timeout;
}

/** One WebSocket connection of a client. */
export class ScriptedSession {
  readonly id: string;
  readonly userId: string;
  readonly headers: IncomingHttpHeaders;
  readonly webSocket: WebSocket;
  /** The players whose events it gets. */
  readonly players = new Set<string>();
  /** How long events are kept after it was lost, in ms. */
  bufferMs = 0;
  readonly #later: (run: () => void) => void;

  constructor(
    id: string,
    userId: string,
    headers: IncomingHttpHeaders,
    webSocket: WebSocket,
    later: (run: () => void) => void,
  ) {
    this.id = id;
    this.userId = userId;
    this.headers = headers;
    this.webSocket = webSocket;
    this.#later = later;
  }

  send(body: Json): void {
    this.sendText(JSON.stringify(body));
  }

  sendText(text: string): void {
    this.#later(() => this.webSocket.send(text, () => {}));
  }
}
