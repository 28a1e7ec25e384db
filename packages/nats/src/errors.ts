/** What was given as addresses is none; the message does not repeat it, since it may hold a password. */
export class NatsAddressError extends Error {
  /** Name of the class. */
  override readonly name = "NatsAddressError";

  constructor() {
    super("must be addresses separated by commas, each like nats://host:4222 or tls://host:4222");
  }
}
