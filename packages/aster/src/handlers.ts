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

const names: { readonly [spelling: string]: keyof Handlers } = {
  onMessage: "onMessage",
  on_message: "onMessage",
  onPacket: "onPacket",
  on_packet: "onPacket",
  onReady: "onReady",
  on_ready: "onReady",
};

/**
 * Returns the canonical name of a handler.
 *
 * @throws AsterError `ARGUMENT_INVALID` for an unknown name.
 */
export function resolveHandlerName(given: string): keyof Handlers {
  const name = Object.hasOwn(names, given) ? names[given] : undefined;
  if (name === undefined) {
    throw argumentError("handler name", given, Object.keys(names).join(", "));
  }
  return name;
}
