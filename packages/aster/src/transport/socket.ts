import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import type { Target } from "./transport.ts";
import { checkTrust, tlsOptions } from "./trust.ts";

/**
 * Opens a TCP or TLS connection and verifies the server's certificate. Apart from the handshake, nothing has
 * been sent or read when the promise resolves.
 */
export async function openSocket(target: Target, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const { host, port, tls } = target;
  const socket = tls ? connectTls({ host, port, ...tlsOptions(target) }) : connectTcp({ host, port });
  const abort = (): void => void socket.destroy(abortReason(signal));
  signal.addEventListener("abort", abort, { once: true });
  // Errors during the check of the trust store would otherwise be uncaught.
  socket.on("error", () => {});
  try {
    await once(socket, tls ? "secureConnect" : "connect");
    if (socket instanceof TLSSocket) await checkTrust(socket, target);
    signal.throwIfAborted();
    if (socket.destroyed) throw new Error("closed during the handshake");
    return socket.setNoDelay(true).setKeepAlive(true, 60_000);
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

const abortReason = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : new Error(String(reason));
