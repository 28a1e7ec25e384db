import type { Packet } from "@asterite/aster-protocol";
import { argumentError } from "./errors.ts";
import type { Message } from "./models/channel.ts";

/** Handlers accepted by {@link Client.event}, by name. */
export interface Handlers {
  /** Called for every message in any channel, including those of the client's account. */
  readonly onMessage: (message: Message) => unknown;
  /** Called for every packet, including replies and errors. */
  readonly onPacket: (packet: Packet) => unknown;
  /** Called once, when all servers of the client have become ready. */
  readonly onReady: () => unknown;
}

/** Handlers by name, in the spelling of this library or in Python's. */
export type NamedHandlers = Partial<Handlers> & {
  readonly on_message?: Handlers["onMessage"];
  readonly on_packet?: Handlers["onPacket"];
  readonly on_ready?: Handlers["onReady"];
};

const names: { readonly [spelling: string]: keyof Handlers } = {
  onMessage: "onMessage",
  on_message: "onMessage",
  onPacket: "onPacket",
  on_packet: "onPacket",
  onReady: "onReady",
  on_ready: "onReady",
};

/**
 * Returns handlers by their canonical names.
 *
 * @throws AsterError `ARGUMENT_INVALID` for an unknown name, and for a handler that is not a function.
 */
export function resolveHandlers(given: object): Partial<Handlers> {
  const resolved = Object.entries(given).map(([spelling, handler]) => {
    const name = Object.hasOwn(names, spelling) ? names[spelling] : undefined;
    if (name === undefined) throw argumentError("handler name", spelling, Object.keys(names).join(", "));
    if (typeof handler !== "function") throw argumentError(spelling, handler, "a function");
    return [name, handler];
  });
  return Object.fromEntries(resolved);
}
