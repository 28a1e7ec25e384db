import tls from "node:tls";

/** Limit of the handshake, in ms: it only explains a failure. */
const timeoutMs = 2_000;

/**
 * Returns whether a port completes a TLS handshake. Sends nothing else, and does not check the certificate. A port
 * with TLS may close a plain connection without a response, but so may a proxy whose node is still starting.
 */
export function completesTlsHandshake({ hostname, port }: URL, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const socket = tls.connect({ host, port: Number(port || 80), rejectUnauthorized: false });
    const abort = () => socket.destroy();
    signal.addEventListener("abort", abort, { once: true });
    socket.setTimeout(timeoutMs, abort);
    // The first of the two settles the promise.
    socket.once("secureConnect", () => {
      resolve(true);
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.once("close", () => {
      signal.removeEventListener("abort", abort);
      resolve(false);
    });
  });
}
