import type { ConnectionError } from "../errors.ts";
import type { ReceivingClient } from "../events/receive-operation.ts";
import { AbstractWebSocket } from "./abstract-web-socket.ts";

/** Options of {@link AbstractWebSocketClient.connect}. */
export interface ConnectOptions {
  /** Maximum number of attempts, at least 1. Default: the client's `maxConnectAttempts`, or no limit. */
  readonly maxAttempts?: number | null | undefined;
  /**
   * Time limit of the wait, in ms, at least 1; then `connect` rejects with a `ConnectionTimeoutError`, and the
   * attempts continue. `Infinity` for no limit. Default: 60 000; none where the number of attempts is limited.
   */
  readonly timeoutMs?: number | null | undefined;
  /**
   * Stops waiting, with its reason, when it aborts. The attempts continue until `disconnect()`. Default:
   * none.
   */
  readonly signal?: AbortSignal | null | undefined;
}

/** Base of clients that hold one connection to one node. */
export abstract class AbstractWebSocketClient extends AbstractWebSocket implements ReceivingClient {
  /** Whether the connection is open and usable. */
  abstract get connected(): boolean;

  /** Id of the connection, which the next connection resumes; null when there is none to resume. */
  abstract get connectionId(): string | null;
  /** Assign null to start the next connection without resuming. */
  abstract set connectionId(id: null);

  /** Region of the node; null before the first connection. */
  abstract get nodeRegion(): string | null;

  /** Id of the node; null before the first connection. */
  abstract get nodeId(): string | null;

  /** Failure of the last attempt to connect; null when it succeeded, and before the first one. */
  get connectError(): ConnectionError | null {
    return null;
  }

  /** Connects, or waits for attempts in progress. Resolves at once when already connected. */
  abstract connect(options?: ConnectOptions | null): Promise<void>;

  /** Disconnects. The client can connect again. Has no effect when not connected. */
  abstract disconnect(): Promise<void>;

  /** Sets {@link connectionId} to null, so that the next connection does not resume the previous one. */
  deleteConnectionId(): void {
    this.connectionId = null;
  }
}
