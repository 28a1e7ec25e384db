import { once } from "node:events";
import { isIP, type Socket, connect as tcpConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { checkRange, maxDelayMs, TestkitError } from "./errors.ts";
import { defaultTimeoutMs, type WaitOptions } from "./wait-list.ts";

/** Address and trust settings of a raw client; {@link WaitOptions} apply to connecting. */
export interface ConnectOptions extends WaitOptions {
  /** Default: `127.0.0.1`. */
  readonly host?: string;
  readonly port: number;
  /** Own address. Default: the system's choice. */
  readonly localAddress?: string;
  /** Connects without TLS. */
  readonly plaintext?: boolean;
  /** Authorities to trust instead of the system's, PEM. */
  readonly ca?: string;
  /** Trusts any certificate. */
  readonly insecure?: boolean;
}

/** Returns a signal that aborts with the caller's own, or after the timeout. */
export function connectSignal({ signal, timeoutMs = defaultTimeoutMs }: WaitOptions): AbortSignal {
  checkRange("timeoutMs", timeoutMs, 0, maxDelayMs);
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

/** Runs one step of connecting and undoes it if it fails. */
export async function establish(
  options: ConnectOptions,
  step: () => Promise<unknown>,
  undo: () => void,
): Promise<void> {
  try {
    await step();
  } catch (cause) {
    undo();
    const { host = "127.0.0.1", port } = options;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TestkitError("CONNECTION_FAILED", `cannot connect to ${host} port ${port}: ${reason}`, {
      cause,
    });
  }
}

/** Connects and, unless `plaintext` is set, performs the TLS handshake. */
export async function connectSocket(options: ConnectOptions, signal: AbortSignal): Promise<Socket> {
  const { host = "127.0.0.1", port, localAddress, plaintext = false, ca, insecure = false } = options;
  const address = { host, port, ...(localAddress !== undefined && { localAddress }) };
  const socket = plaintext
    ? tcpConnect(address)
    : tlsConnect({
        ...address,
        rejectUnauthorized: !insecure,
        // SNI takes no addresses; the certificate is checked against `host` anyway.
        servername: isIP(host) ? "" : host,
        ...(ca !== undefined && { ca }),
      });
  socket.setNoDelay(true);
  await establish(
    options,
    () => once(socket, plaintext ? "connect" : "secureConnect", { signal }),
    () => socket.on("error", () => {}).destroy(),
  );
  return socket;
}
