import { defaultLimits, type Limits } from "@asterite/aster-protocol";
import { Access } from "./access.ts";
import { type Certificate, makeSelfSigned, ownCertificate, readCertificate } from "./certificate.ts";
import { CertificateWatch } from "./certificate-watch.ts";
import { ChannelStates } from "./channel-states.ts";
import type { ConnectionContext } from "./connection.ts";
import { Flusher } from "./flusher.ts";
import { LocalHub } from "./hub.ts";
import { Listener } from "./listener.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { defaultLoginLimits, type LoginLimits, LoginThrottle, systemClock } from "./login-throttle.ts";
import { Metrics } from "./metrics.ts";
import { checkOptions } from "./options.ts";
import { Pace } from "./pace.ts";
import { builtInIcon, builtInPicture, readPng } from "./pictures.ts";
import { type ConnectionLimits, defaultConnectionLimits } from "./settings.ts";
import { openStatusPort } from "./status/index.ts";
import { openSqliteStore } from "./store/sqlite/sqlite-store.ts";

/** When a certificate is read again. */
export interface CertificateCheck {
  /**
   * How often the files are looked at, in milliseconds. A changed certificate is shown to new connections as
   * soon as it fits its key. Default 10 000.
   */
  readonly checkMs?: number;
}

/** How a server is secured on the wire. */
export type TlsOptions =
  /** A self-signed certificate, kept in the directory and made there on first start. */
  | ({ readonly directory: string } & CertificateCheck)
  /** PEM files: a chain, leaf first, and its key in PKCS#8. */
  | ({ readonly certificateFile: string; readonly keyFile: string } & CertificateCheck)
  /** A self-signed certificate that ends with the process. */
  | "ephemeral"
  /** No TLS: passwords travel in the clear. For tests and behind a proxy on the same machine. */
  | "insecure-plaintext";

/** Options of {@link startAsterServer}. */
export interface AsterServerOptions {
  /** Address to listen on. Default `0.0.0.0`, every IPv4 address. */
  readonly host?: string;
  /** TCP port, 0 to 65535; 0 picks a free one. Default 2345. */
  readonly port?: number;
  /** SQLite file, made if absent, or `:memory:` for one that ends with the process. */
  readonly database: string;
  /** Default `ephemeral`. */
  readonly tls?: TlsOptions;
  /** Name told to clients, 1 to 64 characters. Default: the one in the database, at first `Asterite`. */
  readonly name?: string;
  /** PNG file shown by clients. Default: the one in the database, at first our own. */
  readonly iconFile?: string;
  /** PNG file that new accounts get as picture. Default: our own. */
  readonly defaultPictureFile?: string;
  /** Version sent first on every connection. Default `[0, 2, 0]`, which every deployed client accepts. */
  readonly apiVersion?: readonly [major: number, minor: number, patch: number];
  /** Sizes where the protocol leaves them open. */
  readonly limits?: Partial<Limits>;
  /** What one connection may cost. */
  readonly connection?: Partial<ConnectionLimits>;
  /** How guessing passwords is slowed down. */
  readonly logins?: Partial<LoginLimits>;
  /**
   * Port of the loopback on which `/health` and `/metrics` (Prometheus) answer over HTTP, 0 to 65535; 0 picks a
   * free one. Default: none.
   */
  readonly statusPort?: number;
  /** Where to write what happens. Default: nowhere. */
  readonly logger?: Logger;
}

/** The defaults of {@link AsterServerOptions} that are plain values. */
export const defaultServerOptions = Object.freeze({
  host: "0.0.0.0",
  port: 2345,
  tls: "ephemeral",
  name: "Asterite",
  apiVersion: Object.freeze([0, 2, 0] as const),
} satisfies Partial<AsterServerOptions>);

/** A running chat server. */
export interface AsterServer {
  /** The address in use. */
  readonly host: string;
  /** The port in use. */
  readonly port: number;
  /** The status port in use, if there is one. */
  readonly statusPort: number | undefined;
  /** SHA-256 of the certificate that new connections are shown; undefined without TLS. */
  readonly fingerprint256: string | undefined;
  /**
   * Accepts nothing more, answers what was read, closes every connection and the database. Connections that
   * do not end within `graceMs` (default 5000) are cut.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
  /** The same as {@link AsterServer.close}. */
  [Symbol.asyncDispose](): Promise<void>;
}

function certificateFor(tls: TlsOptions): Promise<Certificate> | undefined {
  if (tls === "insecure-plaintext") return undefined;
  if (tls === "ephemeral") return makeSelfSigned();
  return "directory" in tls
    ? ownCertificate(tls.directory)
    : readCertificate(tls.certificateFile, tls.keyFile);
}

/**
 * Starts a chat server and resolves when it accepts connections.
 *
 * @throws ServerError with a code that says what to mend.
 */
export async function startAsterServer(options: AsterServerOptions): Promise<AsterServer> {
  checkOptions(options);
  const { host, port, tls, apiVersion } = { ...defaultServerOptions, ...options };
  const logger = options.logger ?? silentLogger;
  const certificate = await certificateFor(tls);
  const givenIcon = options.iconFile === undefined ? undefined : await readPng(options.iconFile);
  const picture =
    options.defaultPictureFile === undefined
      ? await builtInPicture()
      : await readPng(options.defaultPictureFile);
  const metrics = new Metrics();
  const initial = {
    name: options.name ?? defaultServerOptions.name,
    icon: givenIcon ?? (await builtInIcon()),
  };
  const store = openSqliteStore(options.database, initial, (works, durationMs) =>
    metrics.committed(works, durationMs),
  );
  try {
    const stored = await store.read.server.get();
    const loginLimits = { ...defaultLoginLimits, ...options.logins };
    const logins = new LoginThrottle(loginLimits, systemClock, () => {
      metrics.loginsThrottled++;
    });
    const context: ConnectionContext = {
      settings: {
        defaultPicture: picture.toString("base64"),
        apiVersion,
        limits: { ...defaultLimits, ...options.limits },
        connection: { ...defaultConnectionLimits, ...options.connection },
      },
      identity: {
        name: options.name ?? stored.name,
        icon: Buffer.from(givenIcon ?? stored.icon).toString("base64"),
      },
      access: new Access(await store.read.accessFacts()),
      hub: new LocalHub((channel, user) => context.access.mayRead(channel, user)),
      states: new ChannelStates(),
      pace: new Pace(),
      store,
      read: store.read,
      logins,
      flusher: new Flusher(),
      metrics,
      logger,
      now: Date.now,
    };
    const listener = await Listener.open({ host, port, certificate }, context);
    const { address, port: boundPort } = listener.address;
    const status =
      options.statusPort === undefined
        ? undefined
        : await openStatusPort(options.statusPort, context, listener).catch(async (error: unknown) => {
            await listener.close(0);
            throw error;
          });
    const watch =
      certificate?.files && typeof tls === "object"
        ? new CertificateWatch(
            certificate,
            logger,
            (renewed) => listener.useCertificate(renewed),
            tls.checkMs,
          )
        : undefined;
    const close = async ({ graceMs = 5000 }: { readonly graceMs?: number } = {}): Promise<void> => {
      logins.close();
      watch?.close();
      status?.announceEnd();
      await listener.close(graceMs);
      await status?.close();
      await store.close();
    };
    return {
      host: address,
      port: boundPort,
      statusPort: status?.port,
      get fingerprint256() {
        return (watch?.current ?? certificate)?.fingerprint256;
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
