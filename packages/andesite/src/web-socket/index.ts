export { AbstractWebSocket, ProblemEvent } from "./abstract-web-socket.ts";
export { AbstractWebSocketClient, type ConnectOptions } from "./abstract-web-socket-client.ts";
export type { BackoffOptions } from "./backoff.ts";
export {
  RawMsgReceiveEvent,
  RawMsgSendEvent,
  WebSocketConnectEvent,
  WebSocketConnectFailedEvent,
  WebSocketDisconnectEvent,
} from "./events.ts";
export { defaultHeartbeat, type HeartbeatOptions } from "./heartbeat.ts";
export type { SocketListener, WebSocketLike } from "./socket.ts";
export { defaultSocketOptions, type SocketOptions } from "./socket-options.ts";
export { tryConnect } from "./try-connect.ts";
export { WebSocket, type WebSocketConstructor } from "./web-socket.ts";
export { WebSocketBase } from "./web-socket-base.ts";
export { type ReceiveClass, WebSocketInterface } from "./web-socket-interface.ts";
export { defaultWebSocketOptions, type WebSocketClientOptions } from "./web-socket-options.ts";
