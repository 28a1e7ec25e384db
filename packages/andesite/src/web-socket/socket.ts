/** What a socket tells whoever listens to it. */
export interface SocketListener {
  /** A message arrived, as text. */
  message(text: string): void;
  /** The other side answered {@link WebSocketLike.ping}. */
  pong(): void;
  /** The connection has ended, by whichever side; called once, and nothing is called after it. */
  close(code: number, reason: string): void;
}

/** An open WebSocket, on whichever platform. */
export interface WebSocketLike {
  /** Whether messages can be sent. */
  readonly open: boolean;
  /** Bytes that were given to {@link send} and are not on their way yet. */
  readonly bufferedBytes: number;
  /** A header of the answer to the handshake; null where there is none, in browsers always. */
  header(name: string): string | null;
  /** Starts to deliver; what arrived before is delivered then. To be called once. */
  listen(listener: SocketListener): void;
  /** Sends a text; calls back when it is on its way, or with what went wrong. */
  send(text: string, done: (error?: Error) => void): void;
  /** Asks for a sign of life. False where the platform cannot, as in browsers. */
  ping(): boolean;
  /** Closes in good order. */
  close(code: number, reason: string): void;
  /** Closes at once, without telling the other side where the platform can. */
  terminate(): void;
}

/** What a platform needs to open a socket; everything is decided. */
export interface OpenRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
  readonly ca: string | null;
  readonly maxMessageBytes: number;
  readonly signal: AbortSignal;
}

/** What differs from platform to platform. */
export interface Platform {
  /** Whether a handshake can have headers. */
  readonly sendsHeaders: boolean;
  /**
   * Opens a socket. Rejects with what a later attempt may overcome; throws what it will not.
   *
   * @throws Error for a request that the platform cannot make at all.
   */
  open(request: OpenRequest): Promise<WebSocketLike>;
}
