/**
 * Client library for Aster chat servers.
 *
 * @packageDocumentation
 */

export { type Packet, Status } from "@asterite/aster-protocol";
export { defaultReconnect, type ReconnectOptions } from "./backoff.ts";
export { Client, type ClientOptions } from "./client.ts";
export type { Clock } from "./clock.ts";
export { ConnectionMode } from "./connection-mode.ts";
export type { ListenOptions } from "./emitter.ts";
export {
  AsterError,
  type AsterErrorCode,
  type AsterErrorContext,
  CertificateError,
  CommandError,
} from "./errors.ts";
export type { ServerEvents } from "./events.ts";
export { Channel } from "./models/channel.ts";
export { Message } from "./models/message.ts";
export { User } from "./models/user.ts";
export { defaultServerOptions, type ServerOptions } from "./options.ts";
export type { RequestOptions } from "./requests.ts";
export { type ConnectOptions, type HistoryOptions, type SendOptions, Server } from "./server.ts";
export type { SessionStatus } from "./session.ts";
export type { TlsTrust } from "./transport/transport.ts";
