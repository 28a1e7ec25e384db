import { once } from "node:events";
import { isIP, type Socket, connect as tcpConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { checkRange, maxDelayMs, TestkitError } from "./errors.ts";
import { defaultTimeoutMs, type WaitOptions } from "./wait-list.ts";

/** Where a raw client connects and whom it trusts; {@link WaitOptions} are about connecting. */
export interface ConnectOptions extends WaitOptions {
  /** `127.0.0.1` unless told. */
  readonly host?: string;
  readonly port: number;
  /** Speaks without TLS. */
  readonly plaintext?: boolean;
  /** Trusts these authorities, PEM, in place of the system's. */
  readonly ca?: string;
  /** Trusts any certificate. */
  readonly insecure?: boolean;
}

/** Gives up when the caller does or when the time is over. */
export function connectSignal({ signal, timeoutMs = defaultTimeoutMs }: WaitOptions): AbortSignal {
  checkRange("timeoutMs", timeoutMs, 0, maxDelayMs);
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

/** Runs one step of connecting and undoes it where it fails. */
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
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TestkitError("connection-failed", `no connection to ${host} port ${port}: ${why}`, { cause });
  }
}

/** Connects and, unless plaintext is wanted, does the TLS handshake. */
export async function connectSocket(options: ConnectOptions, signal: AbortSignal): Promise<Socket> {
  const { host = "127.0.0.1", port, plaintext = false, ca, insecure = false } = options;
  const socket = plaintext
    ? tcpConnect({ host, port })
    : tlsConnect({
        host,
        port,
        rejectUnauthorized: !insecure,
        // An address is no server name; the certificate is checked against `host` all the same.
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
