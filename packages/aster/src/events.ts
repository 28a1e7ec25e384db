import type { Packet } from "@asterite/aster-protocol";
import type { AsterError } from "./errors.ts";
import type { Message } from "./models/message.ts";
import type { Server } from "./server.ts";
import type { SessionStatus } from "./session.ts";

/** What a server, and the client that holds it, tells its listeners. */
export interface ServerEvents {
  /** A message was sent in a channel that this account may read; own messages too. */
  readonly message: [message: Message];
  /** Any packet from the server: pushes, replies and errors. */
  readonly packet: [packet: Packet, server: Server];
  /** The server is connected and everything about it is known; again after each reconnection. */
  readonly ready: [server: Server];
  /** The connection changed its state; `error` says why one was lost. */
  readonly status: [status: SessionStatus, server: Server, error: AsterError | undefined];
  /** A listener threw or rejected. Without a listener here the error is shown by the platform. */
  readonly error: [error: unknown, server: Server];
}
