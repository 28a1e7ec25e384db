import { type AddressInfo, connect, createServer } from "node:net";
import { onTestFinished } from "vitest";

/** Encodes a header of version 2 of the PROXY protocol for a client with an IPv4 address. */
export function proxyHeaderFor(address: string): Buffer {
  const head = Buffer.from("0d0a0d0a000d0a515549540a2111000c", "hex");
  const source = Buffer.from(address.split(".").map(Number));
  return Buffer.concat([head, source, Buffer.from([127, 0, 0, 1, 0x1f, 0x90, 0x09, 0x29])]);
}

/** Starts a TCP proxy that sends a header before the bytes of each client. Returns its port. */
export async function startHeaderProxy(target: number, header: () => Buffer): Promise<number> {
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: target, host: "127.0.0.1", noDelay: true });
    upstream.write(header());
    client.pipe(upstream).pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
