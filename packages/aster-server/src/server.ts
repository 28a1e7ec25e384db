import { silentLogger } from "@asterite/util";
import { AdminSocket } from "./admin/admin-socket.ts";
import { Administration } from "./admin/administration.ts";
import { Listener } from "./connection/listener.ts";
import { UnsentBudget } from "./connection/unsent-budget.ts";
import { openContext } from "./context.ts";
import { type AsterServerOptions, checkOptions, defaultServerOptions, type TlsOptions } from "./options.ts";
import { openStatusPort } from "./status/index.ts";
import {
  type Certificate,
  createSelfSigned,
  loadOrCreateCertificate,
  readCertificate,
} from "./tls/certificate.ts";
import { CertificateWatch } from "./tls/certificate-watch.ts";

/** A running chat server. */
export interface AsterServer {
  /** Address that the server listens on. */
  readonly host: string;
  /** Port that the server listens on. */
  readonly port: number;
  /** Loopback port without TLS, if enabled. */
  readonly plainPort: number | undefined;
  /** Status port, if enabled. */
  readonly statusPort: number | undefined;
  /** SHA-256 of the certificate that new connections receive; undefined without TLS. */
  readonly fingerprint256: string | undefined;
  /**
   * Stops accepting connections, answers the requests read so far, then closes every connection and the
   * database. Connections that do not end within `graceMs` (default 5000) are destroyed.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
  /** Same as {@link AsterServer.close}. */
  [Symbol.asyncDispose](): Promise<void>;
}

function certificateFor(tls: TlsOptions): Promise<Certificate> | undefined {
  if (tls === "insecure-plaintext") return undefined;
  if (tls === "ephemeral") return createSelfSigned();
  return "directory" in tls
    ? loadOrCreateCertificate(tls.directory)
    : readCertificate(tls.certificateFile, tls.keyFile);
}

/** The port without TLS is for programs on the same machine. */
const loopback = { host: "127.0.0.1", certificate: undefined, acceptsProxies: false } as const;

/**
 * Starts a chat server and resolves when it accepts connections.
 *
 * @throws ServerError if it cannot start.
 */
export async function startAsterServer(options: AsterServerOptions): Promise<AsterServer> {
  checkOptions(options);
  const { host, port, tls } = { ...defaultServerOptions, ...options };
  const logger = options.logger ?? silentLogger;
  const certificate = await certificateFor(tls);
  const context = await openContext(options, logger);
  const { store, logins } = context;
  context.audit.startPruning();
  const listeners: Listener[] = [];
  const unsentBudget = new UnsentBudget(context.capacity.limits.unsentBytes, () =>
    listeners.flatMap(({ connections }) => [...connections]),
  );
  try {
    const { pages, plainPort, allowedOrigins } = options;
    const listener = await Listener.open(
      { host, port, certificate, allowedOrigins, pages, acceptsProxies: true },
      context,
    );
    listeners.push(listener);
    if (plainPort !== undefined) {
      listeners.push(await Listener.open({ ...loopback, port: plainPort, allowedOrigins, pages }, context));
    }
    const { address, port: boundPort } = listener.address;
    const status =
      options.statusPort === undefined
        ? undefined
        : await openStatusPort(options.statusPort, context, listener);
    const adminSocket =
      options.adminSocket === undefined
        ? undefined
        : await AdminSocket.open(options.adminSocket, new Administration(context, store), logger);
    const watch =
      certificate?.files && typeof tls === "object"
        ? new CertificateWatch(
            certificate,
            logger,
            (renewed) => listener.setCertificate(renewed),
            tls.checkMs,
          )
        : undefined;
    const close = async ({ graceMs = 5000 }: { readonly graceMs?: number } = {}): Promise<void> => {
      logins.close();
      unsentBudget.close();
      context.searches.close();
      watch?.close();
      status?.startDraining();
      await adminSocket?.close();
      await Promise.all(listeners.map((listener) => listener.close(graceMs)));
      await status?.close();
      await context.close();
    };
    return {
      host: address,
      port: boundPort,
      plainPort: listeners[1]?.address.port,
      statusPort: status?.port,
      get fingerprint256() {
        return (watch?.current ?? certificate)?.fingerprint256;
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    unsentBudget.close();
    await Promise.all(listeners.map((listener) => listener.close(0)));
    await context.close();
    throw error;
  }
}
