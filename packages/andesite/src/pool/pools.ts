import { makeObservable, type Observable } from "@asterite/observable";
import type { AbstractHTTP } from "../http/abstract-http.ts";
import { HTTPInterface } from "../http/http-interface.ts";
import { mixIn } from "../mixin.ts";
import type { AbstractWebSocket } from "../web-socket/abstract-web-socket.ts";
import { WebSocketInterface } from "../web-socket/web-socket-interface.ts";
import { HTTPPoolBase, type HTTPPoolOptions } from "./http-pool-base.ts";
import { WebSocketPoolBase } from "./web-socket-pool-base.ts";
import type { WebSocketPoolOptions } from "./web-socket-pool-options.ts";

/** HTTP pool: {@link HTTPPoolBase} with the routes of {@link HTTPInterface}. */
export interface HTTPPool extends HTTPPoolBase, HTTPInterface {}

/** Constructor of {@link HTTPPool}. */
export interface HTTPPoolConstructor {
  /** Takes the arguments of {@link HTTPPoolBase} and throws the same errors. */
  new (clients: Iterable<AbstractHTTP>, options?: HTTPPoolOptions | null): HTTPPool;
  /** Prototype, for `instanceof`. */
  readonly prototype: HTTPPool;
}

class HTTPPoolClass extends HTTPPoolBase {}
mixIn(HTTPPoolClass, HTTPInterface);
Object.defineProperty(HTTPPoolClass, "name", { value: "HTTPPool" });

/**
 * HTTP pool with all routes, the arguments of {@link HTTPPoolBase} and the members of
 * {@link HTTPPool:interface | the interface}.
 */
export const HTTPPool = HTTPPoolClass as unknown as HTTPPoolConstructor;

/**
 * WebSocket pool: {@link WebSocketPoolBase} with the operations of {@link WebSocketInterface}. Emits its
 * events on itself.
 */
export interface WebSocketPool extends WebSocketPoolBase, WebSocketInterface, Observable {}

/** Constructor of {@link WebSocketPool}. */
export interface WebSocketPoolConstructor {
  /** Takes the arguments of {@link WebSocketPoolBase} and throws the same errors. */
  new (clients: Iterable<AbstractWebSocket>, options?: WebSocketPoolOptions | null): WebSocketPool;
  /** Prototype, for `instanceof`. */
  readonly prototype: WebSocketPool;
}

class WebSocketPoolClass extends WebSocketPoolBase {}
mixIn(WebSocketPoolClass, WebSocketInterface);
makeObservable(WebSocketPoolClass);
Object.defineProperty(WebSocketPoolClass, "name", { value: "WebSocketPool" });

/**
 * WebSocket pool with all operations, the arguments of {@link WebSocketPoolBase} and the members of
 * {@link WebSocketPool:interface | the interface}.
 */
export const WebSocketPool = WebSocketPoolClass as unknown as WebSocketPoolConstructor;
