import { passwordsWaiting } from "../auth/password.ts";
import type { Listener } from "../connection/listener.ts";
import type { OpenContext } from "../context.ts";
import { StatusServer } from "./status-server.ts";

/** An open status port. */
export interface StatusPort {
  readonly port: number;
  /** Says from now on that the server ends, and answers on. */
  announceEnd(): void;
  close(): Promise<void>;
}

/**
 * Opens the status port of a server; 0 picks a free one.
 *
 * @throws ServerError with `LISTEN_FAILED`.
 */
export async function openStatusPort(
  port: number,
  { metrics, hub, cluster }: OpenContext,
  listener: Listener,
): Promise<StatusPort> {
  // Loaded only here: most servers are not watched, and the library is a good part of the start-up time.
  const { Exporter } = await import("./exporter.ts");
  const snapshot = () => ({
    ...listener.counts(),
    usersOnline: hub.presence.size,
    passwordsWaiting: passwordsWaiting(),
  });
  const exporter = new Exporter(metrics, snapshot, cluster && (() => cluster.status));
  let isReady = true;
  const server = await StatusServer.open(port, {
    isReady: () => isReady && (cluster?.isCurrent ?? true),
    metrics: exporter,
  });
  return {
    port: server.port,
    announceEnd: () => {
      isReady = false;
    },
    close: async () => {
      exporter.close();
      await server.close();
    },
  };
}
