import type { Snowflake } from "@asterite/andesite-protocol";
import { makeObservable, type Observable } from "@asterite/observable";
import { mixIn } from "../mixin.ts";
import { WebSocketBase } from "./web-socket-base.ts";
import { WebSocketInterface } from "./web-socket-interface.ts";
import type { WebSocketClientOptions } from "./web-socket-options.ts";

/**
 * The WebSocket client of one node: {@link WebSocketBase} with the operations of {@link WebSocketInterface}; its
 * events are emitted on itself.
 */
export type WebSocket = WebSocketBase & WebSocketInterface & Observable;

/** How a {@link WebSocket} is made. */
export interface WebSocketConstructor {
  /** Takes, and throws, what {@link WebSocketBase} does. */
  new (
    wsUri: string | URL,
    userId: Snowflake | null,
    password: string | null,
    options?: WebSocketClientOptions | null,
  ): WebSocket;
  /** For `instanceof`. */
  readonly prototype: WebSocket;
}

class WebSocketClass extends WebSocketBase {}
mixIn(WebSocketClass, WebSocketInterface);
makeObservable(WebSocketClass);
Object.defineProperty(WebSocketClass, "name", { value: "WebSocket" });

/** The WebSocket client of one node; takes what {@link WebSocketBase} takes. */
export const WebSocket = WebSocketClass as unknown as WebSocketConstructor;
