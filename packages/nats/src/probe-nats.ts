import { connectNats, describeNatsError } from "./connect-nats.ts";
import { parseNatsAddresses } from "./nats-address.ts";

const timeoutMs = 3000;

/**
 * Checks that NATS can be used: connects, waits for one round trip and disconnects.
 *
 * @returns Version of the NATS server.
 * @throws NatsAddressError if an address is invalid, or an Error that explains why the connection failed.
 */
export async function probeNats(addresses: string): Promise<string> {
  const options = parseNatsAddresses(addresses);
  const connection = await connectNats(options, { timeout: timeoutMs, reconnect: false }).catch(
    (cause: unknown) => {
      throw new Error(describeNatsError(cause, options), { cause });
    },
  );
  try {
    await connection.flush();
    return connection.info?.version ?? "";
  } finally {
    await connection.close();
  }
}
