/** Listener of a socket. */
export interface SocketListener {
  /** Called with each text message. */
  message(text: string): void;
  /** Called when the peer responded to {@link WebSocketLike.ping}. */
  pong(): void;
  /** Called once when the connection has ended, as the last call. */
  close(code: number, reason: string): void;
}

/** An open WebSocket, independent of the platform. */
export interface WebSocketLike {
  /** Whether messages can be sent. */
  readonly open: boolean;
  /** Bytes passed to {@link send} that have not been written to the network yet. */
  readonly bufferedBytes: number;
  /** Returns a header of the handshake response; null when absent, and always in browsers. */
  header(name: string): string | null;
  /** Sets the listener and delivers messages that have arrived before. To be called once. */
  listen(listener: SocketListener): void;
  /** Sends a text. Calls `done` when it was written to the network, or with the error. */
  send(text: string, done: (error?: Error) => void): void;
  /** Sends a ping frame. Returns false when the platform cannot, as in browsers. */
  ping(): boolean;
  /** Starts the closing handshake. */
  close(code: number, reason: string): void;
  /** Closes immediately, without a closing handshake where the platform supports that. */
  terminate(): void;
}

/** Request to open a socket, with all options resolved. */
export interface OpenRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
  readonly ca: string | null;
  readonly maxMessageBytes: number;
  readonly signal: AbortSignal;
}

/** Explanation of an error of the network. */
export interface NetworkFailure {
  /** Reason in words, with the remedy where it is known. */
  readonly reason: string;
  /** Fault of the address that causes such errors; null where it is not known. */
  readonly fault: "NO_TLS" | "NEEDS_TLS" | null;
}

/** Platform-specific part of the clients. */
export interface Platform {
  /** Reports an error of the application that neither has a caller nor may end the process. */
  reportUnhandled(error: Error): void;
  /** Explains why a request or a connection to an address with the given protocol failed. */
  explainFailure(failure: unknown, protocol: string): NetworkFailure;
  /**
   * Opens a socket. Rejects with errors that a retry may fix; with a `ConnectionError` where it knows the
   * reason.
   *
   * @throws Error for a request that the platform does not support.
   */
  open(request: OpenRequest): Promise<WebSocketLike>;
}
