/**
 * Reconnecting NATS client for messages between Asterite processes.
 *
 * @packageDocumentation
 */

export { NatsAddressError } from "./errors.ts";
export {
  hasNatsCredentials,
  type NatsAddresses,
  parseNatsAddresses,
  redactNatsAddresses,
} from "./nats-address.ts";
export { NatsLink, type NatsLinkOptions } from "./nats-link.ts";
export { probeNats } from "./probe-nats.ts";
