import { countWaitingPasswords } from "../auth/password.ts";
import type { Listener } from "../connection/listener.ts";
import type { OpenContext } from "../context.ts";
import { StatusServer } from "./status-server.ts";

/** The status port of a running server. */
export interface StatusPort {
  readonly port: number;
  /** Reports the server as not ready from now on. */
  startDraining(): void;
  close(): Promise<void>;
}

/**
 * Opens the status port of a server; 0 picks a free one.
 *
 * @throws ServerError with `LISTEN_FAILED`.
 */
export async function openStatusPort(
  port: number,
  { metrics, hub, cluster, capacity, isCurrent }: OpenContext,
  listener: Listener,
): Promise<StatusPort> {
  // Loaded on demand: the Prometheus library takes a large part of the start-up time.
  const { PrometheusExporter } = await import("./exporter.ts");
  const snapshot = () => ({
    ...listener.countConnections(),
    usersOnline: hub.presence.size,
    passwordsWaiting: countWaitingPasswords(),
    guests: capacity.guests,
    guestBytes: capacity.guestBytes,
  });
  const exporter = new PrometheusExporter(metrics, snapshot, cluster);
  let isReady = true;
  const server = await StatusServer.open(port, {
    isReady: () => isReady && isCurrent(),
    metrics: exporter,
  });
  return {
    port: server.port,
    startDraining: () => {
      isReady = false;
    },
    close: async () => {
      exporter.close();
      await server.close();
    },
  };
}
