export { AbstractWebSocket } from "./abstract-web-socket.ts";
export { AbstractWebSocketClient, type ConnectOptions } from "./abstract-web-socket-client.ts";
export {
  RawMsgReceiveEvent,
  RawMsgSendEvent,
  WebSocketConnectEvent,
  WebSocketDisconnectEvent,
} from "./events.ts";
export { type ReceiveClass, type WaitOptions, WebSocketInterface } from "./web-socket-interface.ts";
