import type { Packet } from "@asterite/aster-protocol";
import { argumentError } from "./errors.ts";
import type { Message } from "./models/channel.ts";

/** The handlers that {@link Client.event} takes, by their names. */
export interface Handlers {
  /** Any message in any channel, own ones too. */
  readonly onMessage: (message: Message) => unknown;
  /** Any packet of any kind, replies and errors too. */
  readonly onPacket: (packet: Packet) => unknown;
  /** Every server of the client has become ready; called once. */
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

/** @throws AsterError `ARGUMENT_INVALID` for any other name. */
export function resolveHandlerName(given: string): keyof Handlers {
  const name = Object.hasOwn(names, given) ? names[given] : undefined;
  if (name === undefined) {
    throw argumentError("the handler's name", given, Object.keys(names).join(", "));
  }
  return name;
}
