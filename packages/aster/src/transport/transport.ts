/** How to trust a server. */
export interface TlsTrust {
  /**
   * SHA-256 fingerprint of the server's certificate, as pairs of hexadecimal digits with or without colons.
   * Exactly this certificate is accepted, whoever signed it.
   */
  readonly fingerprint256?: string;
  /** PEM of an authority to trust beside those that the platform knows. */
  readonly ca?: string;
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
  /** Sends a packet; what cannot be sent any more is dropped, and `closed` tells why. */
  send(text: string): void;
  /** Sends what is waiting, then closes. */
  close(): void;
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
