import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import type { Target } from "./transport.ts";
import { checkTrust, tlsOptions } from "./trust.ts";

/**
 * Opens a TCP or TLS connection to a server that is the one meant: nothing has been sent over it but the
 * handshake, and nothing read.
 */
export async function openSocket(target: Target, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const { host, port, tls } = target;
  const socket = tls ? connectTls({ host, port, ...tlsOptions(target) }) : connectTcp({ host, port });
  const abort = (): void => void socket.destroy(abortReason(signal));
  signal.addEventListener("abort", abort, { once: true });
  // Also while the trust store is asked, when nobody else listens.
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
