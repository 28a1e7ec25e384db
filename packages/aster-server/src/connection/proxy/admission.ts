import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "@asterite/util";
import { clientNetworkOf } from "@asterite/util";
import type { Metrics } from "../../metrics.ts";
import type { Capacity } from "../capacity.ts";
import { parseProxyHeader } from "./proxy-header.ts";
import type { TrustedProxies } from "./trusted-proxies.ts";

/** Dependencies of an {@link Admission}. */
interface AdmissionContext {
  readonly capacity: Capacity;
  readonly metrics: Pick<Metrics, "countDisconnect">;
  readonly logger: Logger;
  readonly settings: { readonly proxies: TrustedProxies };
}

/** An open TCP connection. */
interface Admitted {
  /** Address of the peer; behind the PROXY protocol that of the client. */
  address: string;
  /** Network that the connection is counted for, once its client is known. */
  network: string | undefined;
}

/** Key of a TCP connection, by which its TLS socket is recognised too. */
const keyOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`;

/** Counts TCP connections, and determines the address of each client behind trusted proxies. */
export class Admission {
  /** Open sockets, including those whose TLS handshake is in progress. */
  readonly sockets = new Set<Socket>();
  readonly #context: AdmissionContext;
  readonly #headerTimeoutMs: number | undefined;
  readonly #admitted = new Map<string, Admitted>();

  /** @param headerTimeoutMs - Time limit of a PROXY header; undefined on a port that takes none. */
  constructor(context: AdmissionContext, headerTimeoutMs: number | undefined) {
    this.#context = context;
    this.#headerTimeoutMs = headerTimeoutMs;
  }

  /**
   * Admits a TCP connection, or destroys it before it costs a TLS handshake. A connection of a trusted proxy
   * that sends a PROXY header is passed on after it.
   */
  admit(socket: Socket, serve: (socket: Socket) => void): void {
    const { capacity, settings } = this.#context;
    const address = socket.remoteAddress ?? "";
    const isProxy = settings.proxies.includes(address);
    const timeoutMs = settings.proxies.header === "proxy-protocol" ? this.#headerTimeoutMs : undefined;
    const network = isProxy ? undefined : clientNetworkOf(address);
    const refusal = capacity.admit(network);
    if (refusal !== undefined) {
      this.#refuse(socket, refusal, network ?? address);
      return;
    }
    const key = keyOf(socket);
    const admitted: Admitted = { address, network };
    this.#admitted.set(key, admitted);
    this.sockets.add(socket);
    socket.once("close", () => {
      capacity.release(admitted.network);
      this.sockets.delete(socket);
      if (this.#admitted.get(key) === admitted) this.#admitted.delete(key);
    });
    if (isProxy && timeoutMs !== undefined) this.#readHeader(socket, admitted, serve, timeoutMs);
    else serve(socket);
  }

  /** Returns the network that limits count a connection for: that of the proxy while its client is unknown. */
  networkOf(socket: Socket): string {
    return clientNetworkOf(this.#admitted.get(keyOf(socket))?.address ?? socket.remoteAddress ?? "");
  }

  /**
   * Counts a connection that consists of lines, whose client is its peer. Returns whether it is within the limits;
   * it is destroyed otherwise.
   */
  countPeer(socket: Socket): boolean {
    const admitted = this.#admitted.get(keyOf(socket));
    return !admitted || this.#count(socket, admitted, clientNetworkOf(admitted.address));
  }

  /** Counts a connection that became a WebSocket. Returns the client's network; undefined above the limits. */
  countWebSocket(socket: Socket, request: IncomingMessage): string | undefined {
    const admitted = this.#admitted.get(keyOf(socket));
    if (!admitted || admitted.network !== undefined) return this.networkOf(socket);
    const network = clientNetworkOf(this.#clientOf(admitted, request));
    return this.#count(socket, admitted, network) ? network : undefined;
  }

  /**
   * Counts a page request for its client until `done` is called, if a proxy sends those of several clients over
   * one connection. Returns the address of the client; undefined above the limits.
   */
  countRequest(request: IncomingMessage): { readonly address: string; done(): void } | undefined {
    const { capacity, metrics } = this.#context;
    const admitted = this.#admitted.get(keyOf(request.socket));
    if (!admitted || admitted.network !== undefined) {
      return { address: admitted?.address ?? request.socket.remoteAddress ?? "", done: () => {} };
    }
    const address = this.#clientOf(admitted, request);
    const network = clientNetworkOf(address);
    const refusal = capacity.admitRequest(network);
    if (refusal === undefined) return { address, done: () => capacity.releaseAddress(network) };
    metrics.countDisconnect(refusal);
    return undefined;
  }

  #clientOf({ address }: Admitted, { headers }: IncomingMessage): string {
    return this.#context.settings.proxies.clientOf(address, headers);
  }

  #count(socket: Socket, admitted: Admitted, network: string): boolean {
    if (admitted.network !== undefined) return true;
    const refusal = this.#context.capacity.admitAddress(network);
    if (refusal === undefined) admitted.network = network;
    else this.#refuse(socket, refusal, network);
    return refusal === undefined;
  }

  #refuse(socket: Socket, reason: string, network: string): void {
    this.#context.metrics.countDisconnect(reason);
    this.#context.logger.debug({ network, reason }, "connection refused");
    socket.destroy();
  }

  #readHeader(socket: Socket, admitted: Admitted, serve: (socket: Socket) => void, timeoutMs: number): void {
    let received = Buffer.alloc(0);
    const timer = setTimeout(() => this.#refuse(socket, "PROXY header timeout", admitted.address), timeoutMs);
    const stop = (): void => {
      clearTimeout(timer);
      socket.off("readable", read).off("close", stop).off("end", end).off("error", ignore);
    };
    // The connection is closed after an error.
    const ignore = (): void => {};
    const end = (): void => void socket.destroy();
    const read = (): void => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      received = Buffer.concat([received, chunk]);
      const header = parseProxyHeader(received);
      if (header.type === "incomplete") return;
      stop();
      if (header.type === "invalid") {
        this.#refuse(socket, "PROXY header invalid", admitted.address);
        return;
      }
      admitted.address = header.address ?? admitted.address;
      if (!this.#count(socket, admitted, clientNetworkOf(admitted.address))) return;
      if (received.length > header.length) socket.unshift(received.subarray(header.length));
      serve(socket);
    };
    socket.on("readable", read).on("close", stop).on("end", end).on("error", ignore);
  }
}
