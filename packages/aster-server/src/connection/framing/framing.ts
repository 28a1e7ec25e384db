import type { OutgoingPacket } from "../../hub/outgoing-packet.ts";

/** Receives the requests and the end of a framed connection. */
export interface FramingListener {
  /** Largest message that the peer may send at the moment, in bytes. */
  readonly maxMessageBytes: number;
  /**
   * Whether a request that is still running may raise this limit, as a login does. The framing then waits for
   * {@link Framing.resume} before it rejects a message.
   */
  readonly isLimitPending: boolean;
  /** Counts the bytes of the message that has not arrived completely. */
  resizeUnfinished(bytes: number): void;
  /** Counts frames of the peer, of requests or others, and pauses reading when there are too many. */
  countFrames(frames: number): void;
  /** Sends a control frame behind the packets written so far. */
  sendControl(bytes: Buffer): void;
  /** Handles one complete request in valid UTF-8. */
  handleRequest(text: string): void;
  /** Handles the end of the peer's stream. The requests received so far are still to be answered. */
  handleEnd(): void;
  /** Handles a violation of the framing, after which no more requests follow. */
  handleFramingError(reason: string): void;
}

/** Splits the bytes of a connection into packets and encodes packets for it. */
export interface Framing {
  /** Type of the framing. */
  readonly type: "lines" | "websocket";
  /** Encodes a packet, optionally with its sequence number in the event log. */
  encode(packet: OutgoingPacket, withSeq: boolean): Buffer;
  /** Stops reading, which applies back-pressure to the peer. */
  pause(): void;
  /** Resumes reading. */
  resume(): void;
  /** Closes the connection after the data written so far. */
  end(): void;
}
