import { parseNatsAddresses } from "./nats-address.ts";

const timeoutMs = 3000;

/**
 * Checks that NATS can be used: connects, waits for one round trip and disconnects.
 *
 * @returns Version of the NATS server.
 * @throws NatsAddressError if an address is invalid, or the error of the connection attempt.
 */
export async function probeNats(addresses: string): Promise<string> {
  const options = parseNatsAddresses(addresses);
  const { connect } = await import("@nats-io/transport-node");
  const connection = await connect({ ...options, timeout: timeoutMs, reconnect: false });
  try {
    await connection.flush();
    return connection.info?.version ?? "";
  } finally {
    await connection.close();
  }
}
