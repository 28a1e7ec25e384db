import type { CommandName, Request, RequestFields } from "@asterite/aster-protocol";
import { guestId } from "../access.ts";
import type { Audience } from "../hub/hub.ts";
import type { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { Call, CallContext, ServerContext, Session } from "./handler.ts";

/** A call context that collects the effects until the commit. */
export class RunningContext implements CallContext {
  readonly server: ServerContext;
  readonly date: number;
  readonly startedAt = performance.now();
  /** Effects to run after the commit, in order. */
  readonly effects: (() => void)[] = [];

  constructor(server: ServerContext) {
    this.server = server;
    this.date = Math.floor(server.now() / 1000);
  }

  // Properties, not methods: handlers destructure them.
  readonly afterCommit = (effect: () => void): void => {
    this.effects.push(effect);
  };

  readonly publish = (audience: Audience, packet: OutgoingPacket): void => {
    this.effects.push(() => this.chargeFanOut(packet, this.server.hub.publish(audience, packet)));
  };

  /** Counts what a packet cost against the rate of its author; the operator has none. */
  protected chargeFanOut(_packet: OutgoingPacket, _deliveries: number): void {}
}

/** The execution of one request. */
export class RunningCall extends RunningContext implements Call<CommandName> {
  readonly fields: RequestFields<CommandName>;
  readonly session: Session;
  readonly user: number;

  constructor(request: Request, session: Session, server: ServerContext) {
    super(server);
    this.fields = request.fields;
    this.session = session;
    // Only commands that do not need a login run without one, and these do not read the user.
    this.user = session.user ?? guestId;
  }

  protected override chargeFanOut(packet: OutgoingPacket, deliveries: number): void {
    this.session.rate?.takeFanOut(packet.size, deliveries);
  }
}
