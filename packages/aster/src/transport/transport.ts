/** Where trust-on-first-use keeps what it has seen: fingerprints by `host:port`. */
export interface TrustStore {
  /** The fingerprint that was kept for a server, if there is one. */
  get(server: string): string | undefined | Promise<string | undefined>;
  /** Keeps the fingerprint of a server that is met for the first time. The connection waits for it. */
  set(server: string, fingerprint256: string): void | Promise<void>;
}

/** How to trust a server; in a browser, which decides by itself, nothing of this applies. */
export interface TlsTrust {
  /**
   * SHA-256 fingerprint of the server's certificate, as pairs of hexadecimal digits with or without colons.
   * Exactly this certificate is accepted, whoever signed it and whatever name it holds.
   */
  readonly fingerprint256?: string;
  /** PEM of one or more authorities to trust beside those that the platform knows. */
  readonly ca?: string;
  /**
   * Trust on first use: the certificate that a server shows at the first meeting is kept here, and from then
   * on exactly that one is accepted. The first meeting itself is not protected.
   */
  readonly firstUse?: TrustStore;
  /**
   * Says whether a certificate that an authority signed belongs to the host, in place of the comparison of
   * names that Node makes: for servers reached under another name than the certificate holds. It returns an
   * error to refuse. Called only if the signature is good, so it cannot make an unsigned certificate trusted;
   * `subjectaltname` and `fingerprint256` of the certificate are the fields to look at.
   */
  readonly checkServerIdentity?: (
    host: string,
    certificate: { readonly subjectaltname?: string | undefined; readonly fingerprint256: string },
  ) => Error | undefined;
  /**
   * `false` accepts any certificate, so that whoever sits between can read everything. Default `true`, except
   * that the own machine (`localhost`, 127.0.0.0/8, ::1) is trusted without a check.
   */
  readonly verify?: boolean;
}

/** Which server to reach, and how. */
export interface Target {
  /** Host name or address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** `lines`: newline-delimited JSON; `websocket`: one JSON document a message. */
  readonly framing: "lines" | "websocket";
  /** `false`: no TLS, everything travels in plain text. */
  readonly tls: TlsTrust | false;
  /** Largest packet taken from the server, in bytes. */
  readonly packetBytes: number;
}

/** What a transport tells the session above it. */
export interface TransportEvents {
  /** A packet arrived. */
  received(text: string): void;
  /** The connection has ended, by whichever side; called once, and nothing is called after it. */
  closed(error: Error | undefined): void;
}

/** An open connection to a server. */
export interface Transport {
  /** Bytes received so far, parts of packets included; 0 where the platform does not tell. */
  readonly bytesReceived: number;
  /** Sends a packet; what cannot be sent any more is dropped, and `closed` tells why. */
  send(text: string): void;
  /** Sends what is waiting, then closes. */
  close(): void;
  /** Closes at once. */
  destroy(): void;
}

/** Opens a connection; rejects if that fails or the signal aborts. */
export type OpenTransport = (
  target: Target,
  events: TransportEvents,
  signal: AbortSignal,
) => Promise<Transport>;

/** What differs from platform to platform. */
export interface Platform {
  readonly openTransport: OpenTransport;
  /** The framing to use where none is asked for. */
  readonly framing: Target["framing"];
  /** Shows an error that nobody handles, without ending the program. */
  reportUnhandled(error: Error): void;
}
