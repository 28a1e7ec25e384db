import type { ExtensionName } from "@asterite/aster-protocol";
import type { OutgoingPacket } from "./outgoing-packet.ts";

/** One receiver of packets. */
export interface Subscriber {
  /** Distinguishes it from every other of this process. */
  readonly id: number;
  /** The account that is logged in here, if any. */
  readonly user: number | undefined;
  /** What its client asked for with `hello`. */
  readonly extensions: ReadonlySet<ExtensionName>;
  /** Takes a packet; never waits and never throws. */
  deliver(packet: OutgoingPacket): void;
  /** Ends the connection. */
  disconnect(reason: string): void;
}
