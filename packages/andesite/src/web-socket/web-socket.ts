import type { SnowflakeLike } from "@asterite/andesite-protocol";
import { makeObservable, type Observable } from "@asterite/observable";
import { mixIn } from "../mixin.ts";
import { WebSocketBase } from "./web-socket-base.ts";
import { WebSocketInterface } from "./web-socket-interface.ts";
import type { WebSocketClientOptions } from "./web-socket-options.ts";

/**
 * WebSocket client of one node: {@link WebSocketBase} with the operations of {@link WebSocketInterface}.
 * Emits its events on itself.
 */
export interface WebSocket extends WebSocketBase, WebSocketInterface, Observable {}

/** Constructor of {@link WebSocket}. */
export interface WebSocketConstructor {
  /** Takes the arguments of {@link WebSocketBase} and throws the same errors. */
  new (
    wsUri: string | URL,
    userId: SnowflakeLike | null,
    password: string | null,
    options?: WebSocketClientOptions | null,
  ): WebSocket;
  /** Prototype, for `instanceof`. */
  readonly prototype: WebSocket;
}

class WebSocketClass extends WebSocketBase {}
mixIn(WebSocketClass, WebSocketInterface);
makeObservable(WebSocketClass);
Object.defineProperty(WebSocketClass, "name", { value: "WebSocket" });

/**
 * WebSocket client of one node, with the arguments of {@link WebSocketBase} and the members of
 * {@link WebSocket:interface | the interface}.
 */
export const WebSocket = WebSocketClass as unknown as WebSocketConstructor;
