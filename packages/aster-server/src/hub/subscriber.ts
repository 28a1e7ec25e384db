import type { ExtensionName } from "@asterite/aster-protocol";
import type { OutgoingPacket } from "./outgoing-packet.ts";

/** A connection as the hub sees it: a destination of packets. */
export interface Subscriber {
  /** Unique among the connections of this process. */
  readonly id: number;
  /** The logged-in account, if any. */
  readonly user: number | undefined;
  /** Id of the token that opened the session or was issued to it, if any. */
  readonly token: number | undefined;
  /** Extensions that the client negotiated with `hello`. */
  readonly extensions: ReadonlySet<ExtensionName>;
  /** Queues a packet for sending; never waits and never throws. */
  deliver(packet: OutgoingPacket): void;
  /** Closes the connection immediately. The reason is logged and counted, not sent. */
  disconnect(reason: string): void;
}
