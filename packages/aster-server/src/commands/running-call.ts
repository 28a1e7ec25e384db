import type { CommandName, Request, RequestFields } from "@asterite/aster-protocol";
import { guestId } from "../access.ts";
import type { Audience } from "../hub/hub.ts";
import type { OutgoingPacket } from "../hub/outgoing-packet.ts";
import type { Call, CallContext, ServerContext, Session, SessionRate } from "./handler.ts";

/** A call context that collects the effects until the commit. */
export class RunningContext implements CallContext {
  readonly server: ServerContext;
  readonly date: number;
  readonly startedAt = performance.now();
  /** Effects to run after the commit, in order. */
  readonly effects: (() => void)[] = [];

  /** Rate that counts what its packets cost; the operator has none. */
  readonly #rate: SessionRate | undefined;

  constructor(server: ServerContext, rate?: SessionRate) {
    this.server = server;
    this.#rate = rate;
    this.date = Math.floor(server.now() / 1000);
  }

  // Properties, not methods: handlers destructure them.
  readonly afterCommit = (effect: () => void): void => {
    this.effects.push(effect);
  };

  readonly publish = (audience: Audience, packet: OutgoingPacket): void => {
    this.effects.push(() => {
      const deliveries = this.server.hub.publish(audience, packet);
      this.#rate?.takeFanOut(packet.size, deliveries);
    });
  };
}

/** The execution of one request. */
export class RunningCall extends RunningContext implements Call<CommandName> {
  readonly fields: RequestFields<CommandName>;
  readonly session: Session;
  readonly user: number;

  constructor(request: Request, session: Session, server: ServerContext) {
    super(server, session.rate);
    this.fields = request.fields;
    this.session = session;
    // Only commands that do not need a login run without one, and these do not read the user.
    this.user = session.user ?? guestId;
  }
}
