/**
 * A connection to NATS that is kept up, for what Asterite's processes tell each other.
 *
 * @packageDocumentation
 */

export { NatsAddressError } from "./errors.ts";
export { parseNatsAddresses, redactNatsAddresses } from "./nats-address.ts";
export { NatsLink, type NatsLinkOptions, type NatsLogger } from "./nats-link.ts";
export { probeNats } from "./probe-nats.ts";
