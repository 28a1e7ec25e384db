import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { raceSignal } from "@asterite/util";
import { AsterError } from "../errors.ts";
import { toConnectError } from "./connect-error.ts";
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
  let isTcpOpen = false;
  socket.once("connect", () => {
    isTcpOpen = true;
  });
  signal.addEventListener("abort", abort, { once: true });
  // Errors during the check of the trust store would otherwise be uncaught.
  socket.on("error", () => {});
  try {
    await once(socket, tls ? "secureConnect" : "connect");
    // The program's trust store may never answer.
    if (socket instanceof TLSSocket) await raceSignal(checkTrust(socket, target), signal);
    signal.throwIfAborted();
    if (socket.destroyed) throw new Error("closed during the handshake");
    return socket.setNoDelay(true).setKeepAlive(true, 60_000);
  } catch (error) {
    socket.destroy();
    if (!signal.aborted) throw toConnectError(error, target);
    const isHandshake = isTcpOpen && socket instanceof TLSSocket && !socket.getPeerFinished();
    throw isHandshake ? unfinishedHandshake(target, signal.reason) : signal.reason;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Adds the likely cause to a time-out. Other reasons, such as that of the program, are returned unchanged. */
function unfinishedHandshake({ host, port }: Target, reason: unknown): unknown {
  if (!(reason instanceof AsterError) || reason.code !== "TIMED_OUT") return reason;
  const text = "the TLS handshake was not finished in time; for a port without TLS, set tls: false";
  return new AsterError("TIMED_OUT", text, { server: `${host}:${port}`, cause: reason });
}

const abortReason = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : new Error(String(reason));
