import type { ExtensionName } from "@asterite/aster-protocol";
import type { OutgoingPacket } from "./outgoing-packet.ts";
import type { Subscriber } from "./subscriber.ts";

let nextId = 1;

/** A subscriber that records the packets delivered to it. */
export class RecordingSubscriber implements Subscriber {
  readonly id = nextId++;
  readonly user: number | undefined;
  readonly token: number | undefined;
  readonly extensions: ReadonlySet<ExtensionName>;
  readonly packets: OutgoingPacket[] = [];
  disconnectReason: string | undefined;

  constructor(user?: number, extensions: readonly ExtensionName[] = [], token?: number) {
    this.user = user;
    this.token = token;
    this.extensions = new Set(extensions);
  }

  deliver(packet: OutgoingPacket): void {
    this.packets.push(packet);
  }

  disconnect(reason: string): void {
    this.disconnectReason = reason;
  }
}
