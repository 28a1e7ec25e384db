import type { Rules } from "../option-rules.ts";

/** Store of trust-on-first-use: certificate fingerprints by `host:port`. */
export interface TrustStore {
  /** Returns the stored fingerprint of a server, or undefined. */
  get(server: string): string | undefined | Promise<string | undefined>;
  /** Stores the fingerprint of a new server. The connection proceeds when the promise resolves. */
  set(server: string, fingerprint256: string): void | Promise<void>;
}

/** Certificate verification. Has no effect in a browser, which verifies certificates itself. */
export interface TlsTrust {
  /**
   * SHA-256 fingerprint of the server's certificate, as pairs of hexadecimal digits with or without colons.
   * Only this certificate is accepted, regardless of its signature, names and validity.
   */
  readonly fingerprint256?: string;
  /** PEM of one or more authorities to trust in addition to those of the platform. */
  readonly ca?: string;
  /**
   * Trust on first use: the certificate of the first connection is stored here, and from then on only that
   * one is accepted. The first connection is not protected.
   */
  readonly firstUse?: TrustStore;
  /**
   * Replaces Node's check that the certificate is valid for the host, for servers reached under a name that
   * is not in the certificate. Returns an error to refuse the certificate. Called only for a certificate that
   * a trusted authority signed, so it cannot make an unsigned one trusted.
   */
  readonly checkServerIdentity?: (
    host: string,
    certificate: { readonly subjectaltname?: string | undefined; readonly fingerprint256: string },
  ) => Error | undefined;
  /**
   * `false` accepts any certificate and gives no protection against interception. Default `true`, except that
   * the local machine (`localhost`, 127.0.0.0/8, ::1) is not verified if no option is set.
   */
  readonly verify?: boolean;
}

/** Address of a server, and how to connect to it. */
export interface Target {
  /** Host name or address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** `lines`: newline-delimited JSON; `websocket`: one JSON document per message. */
  readonly framing: "lines" | "websocket";
  /** Path of the WebSocket; default `/`. */
  readonly path?: string | undefined;
  /** `false`: no TLS, all data are sent in plain text. */
  readonly tls: TlsTrust | false;
  /** Maximum size of a packet from the server, in bytes. */
  readonly packetBytes: number;
}

/** Events of a transport, handled by the session. */
export interface TransportEvents {
  /** A packet was received. */
  received(text: string): void;
  /** The connection was closed by either side. Called once, as the last event. */
  closed(error: Error | undefined): void;
}

/** An open connection to a server. */
export interface Transport {
  /** Bytes received so far, including incomplete packets; always 0 on platforms that do not report it. */
  readonly bytesReceived: number;
  /** Sends a packet, or drops it if the connection is closing; the `closed` event has the reason. */
  send(text: string): void;
  /** Sends buffered packets, then closes. */
  close(): void;
  /** Closes immediately. */
  destroy(): void;
}

/** Opens a connection; rejects if it fails or the signal aborts. */
export type OpenTransport = (
  target: Target,
  events: TransportEvents,
  signal: AbortSignal,
) => Promise<Transport>;

/** Platform-specific functions. */
export interface Platform {
  readonly openTransport: OpenTransport;
  /** Default framing. */
  readonly framing: Target["framing"];
  /** Rules of the options of TLS; without checks on a platform where they have no effect. */
  readonly tlsRules: Rules<TlsTrust>;
  /** Reports an unhandled error, with its stack, without terminating the program. */
  readonly reportUnhandled: (error: unknown) => void;
}
