import type { Packet } from "@asterite/aster-protocol";
import { isRecord } from "@asterite/util";
import { argumentError, checkType } from "./errors.ts";
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
 * @throws AsterError `ARGUMENT_INVALID` without a handler, for an unknown name, and for one that is not a function.
 */
export function resolveHandlers(given: object): Partial<Handlers> {
  const known = Object.keys(names).join(", ");
  const entries = isRecord(given) ? Object.entries(given) : [];
  if (entries.length === 0) throw argumentError("handler", given, `a function, or an object with ${known}`);
  const resolved = entries.map(([spelling, handler]) => {
    const name = Object.hasOwn(names, spelling) ? names[spelling] : undefined;
    if (name === undefined) throw argumentError("handler name", spelling, known);
    checkType(spelling, handler, "function");
    return [name, handler];
  });
  return Object.fromEntries(resolved);
}
