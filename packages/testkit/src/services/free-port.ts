import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * Returns a TCP port of the loopback interface that was free a moment ago, for programs that cannot pick one
 * themselves. Another program may take it first, so callers have to be ready to try again.
 */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
