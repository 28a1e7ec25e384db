import { makeObservable, type Observable } from "@asterite/observable";
import type { AbstractHTTP } from "../http/abstract-http.ts";
import { HTTPInterface } from "../http/http-interface.ts";
import { mixIn } from "../mixin.ts";
import type { AbstractWebSocketClient } from "../web-socket/abstract-web-socket-client.ts";
import { WebSocketInterface } from "../web-socket/web-socket-interface.ts";
import { HTTPPoolBase, type HTTPPoolOptions } from "./http-pool-base.ts";
import { WebSocketPoolBase } from "./web-socket-pool-base.ts";
import type { WebSocketPoolOptions } from "./web-socket-pool-options.ts";

/** {@link HTTPPoolBase} with the routes of {@link HTTPInterface}. */
export type HTTPPool = HTTPPoolBase & HTTPInterface;

/** How an {@link HTTPPool} is made. */
export interface HTTPPoolConstructor {
  /** Takes, and throws, what {@link HTTPPoolBase} does. */
  new (clients: Iterable<AbstractHTTP>, options?: HTTPPoolOptions | null): HTTPPool;
  /** For `instanceof`. */
  readonly prototype: HTTPPool;
}

class HTTPPoolClass extends HTTPPoolBase {}
mixIn(HTTPPoolClass, HTTPInterface);
Object.defineProperty(HTTPPoolClass, "name", { value: "HTTPPool" });

/** Several HTTP clients as one, with the routes; takes what {@link HTTPPoolBase} takes. */
export const HTTPPool = HTTPPoolClass as unknown as HTTPPoolConstructor;

/** {@link WebSocketPoolBase} with the operations of {@link WebSocketInterface}; its events are emitted on itself. */
export type WebSocketPool = WebSocketPoolBase & WebSocketInterface & Observable;

/** How a {@link WebSocketPool} is made. */
export interface WebSocketPoolConstructor {
  /** Takes, and throws, what {@link WebSocketPoolBase} does. */
  new (clients: Iterable<AbstractWebSocketClient>, options?: WebSocketPoolOptions | null): WebSocketPool;
  /** For `instanceof`. */
  readonly prototype: WebSocketPool;
}

class WebSocketPoolClass extends WebSocketPoolBase {}
mixIn(WebSocketPoolClass, WebSocketInterface);
makeObservable(WebSocketPoolClass);
Object.defineProperty(WebSocketPoolClass, "name", { value: "WebSocketPool" });

/** Several WebSocket clients as one, with the operations; takes what {@link WebSocketPoolBase} takes. */
export const WebSocketPool = WebSocketPoolClass as unknown as WebSocketPoolConstructor;
