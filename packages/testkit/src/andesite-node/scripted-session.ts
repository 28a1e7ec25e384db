import type { IncomingHttpHeaders } from "node:http";
import type { WebSocket } from "ws";
import type { Json } from "./scripted-player.ts";

/** Events buffered for a client whose connection was lost. */
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
  /** Keys of the players whose events it receives. */
  readonly players = new Set<string>();
  /** How long events are buffered after the connection is lost, in ms; 0 turns buffering off. */
  bufferMs = 0;
  readonly #runDelayed: (run: () => void) => void;

  constructor(
    id: string,
    userId: string,
    headers: IncomingHttpHeaders,
    webSocket: WebSocket,
    runDelayed: (run: () => void) => void,
  ) {
    this.id = id;
    this.userId = userId;
    this.headers = headers;
    this.webSocket = webSocket;
    this.#runDelayed = runDelayed;
  }

  send(body: Json): void {
    this.sendText(JSON.stringify(body));
  }

  sendText(text: string): void {
    this.#runDelayed(() => this.webSocket.send(text, () => {}));
  }
}
