/**
 * The NATS addresses cannot be parsed. The message does not contain them, because they may include a
 * password.
 */
export class NatsAddressError extends Error {
  /** Class name, for logs. */
  override readonly name = "NatsAddressError";

  constructor() {
    super(
      "must be addresses separated by commas, each like nats://host:4222 or tls://host:4222; the first may name files: " +
        "tls://host:4222?ca=FILE&cert=FILE&key=FILE&credentials=FILE (cert and key together, credentials instead of user:password@)",
    );
  }
}
