import type { OutgoingPacket } from "../../hub/outgoing-packet.ts";

/** What a framing tells the connection above it. */
export interface FramingListener {
  /** One request, complete and valid UTF-8. */
  handleRequest(text: string): void;
  /** The peer will send nothing more; what it sent is to be answered. */
  handleEnd(): void;
  /** The peer broke the framing; the connection cannot go on. */
  handleFramingError(reason: string): void;
}

/** One of the two ways in which packets are cut out of a connection's bytes. */
export interface Framing {
  /** Name for logs. */
  readonly type: "lines" | "websocket";
  /** The bytes of a packet in this framing, with its number in the log of events or without. */
  encode(packet: OutgoingPacket, isNumbered: boolean): Buffer;
  /** Stops reading, so that the peer feels it. */
  pause(): void;
  /** Reads on. */
  resume(): void;
  /** Says goodbye after what was written. */
  end(): void;
}
