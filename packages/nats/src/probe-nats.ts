import { parseNatsAddresses } from "./nats-address.ts";

const timeoutMs = 3000;

/**
 * Connects to NATS as our processes do, and lets go again.
 *
 * @returns The version of the NATS server.
 * @throws NatsAddressError, or the error that says why it cannot be used.
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
