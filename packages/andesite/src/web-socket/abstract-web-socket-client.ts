import type { ReceivingClient } from "../events/receive-operation.ts";
import { AbstractWebSocket } from "./abstract-web-socket.ts";

/** Options of {@link AbstractWebSocketClient.connect}. */
export interface ConnectOptions {
  /** How often to try, 1 or more. Default: what the client was told, or else without end. */
  readonly maxAttempts?: number | null | undefined;
  /** Stops waiting with its reason when it aborts; `disconnect()` is what ends the attempts. Default: none. */
  readonly signal?: AbortSignal | null | undefined;
}

/** One connection to one node. */
export abstract class AbstractWebSocketClient extends AbstractWebSocket implements ReceivingClient {
  /** Whether the connection is open and usable. */
  abstract get connected(): boolean;

  /** Id of the connection, with which the next one resumes it. Setting it to null forgets it. */
  abstract get connectionId(): string | null;
  /** Null forgets the id. */
  abstract set connectionId(id: null);

  /** Region of the node; null before the first connection. */
  abstract get nodeRegion(): string | null;

  /** Id of the node; null before the first connection. */
  abstract get nodeId(): string | null;

  /** Connects, or waits for the connecting that is under way; does nothing when connected. */
  abstract connect(options?: ConnectOptions | null): Promise<void>;

  /** Disconnects; the client can be connected again. Does nothing when not connected. */
  abstract disconnect(): Promise<void>;

  /** Forgets the id of the connection, so that the next one does not resume it. */
  deleteConnectionId(): void {
    this.connectionId = null;
  }
}
