import { TestkitError } from "./errors.ts";
import { defaultTimeoutMs, WaitList, type WaitOptions } from "./wait-list.ts";

/** A JSON object from a server, unchecked. */
export interface ReceivedPacket {
  readonly command?: unknown;
  readonly status?: unknown;
  readonly [field: string]: unknown;
}

/** How a connection ended. */
export interface Closing {
  /** Cause of the failure; absent after an orderly end. */
  readonly error?: Error;
  /** WebSocket close code; 1006 if none was received. */
  readonly code?: number;
  /** WebSocket close reason. */
  readonly reason?: string;
}

/** Result of {@link PacketClient.until}. */
export interface Found {
  readonly packet: ReceivedPacket;
  /** Packets before it that had not been consumed yet. */
  readonly between: readonly ReceivedPacket[];
}

/** A protocol client without checks, over either framing, so that tests can send malformed packets. */
export interface PacketClient extends AsyncDisposable {
  /** Every packet received, consumed or not. Never shortened. */
  readonly packets: readonly ReceivedPacket[];
  /**
   * Resolves when the connection is closed; never rejects. While reading is paused, the end is not noticed.
   */
  readonly closed: Promise<Closing>;
  /** Bytes sent but not yet accepted by the system. */
  readonly unsentBytes: number;
  /** Sends one packet, or a text in place of one. Does nothing on a closed connection. */
  send(packet: object | string): void;
  /** Writes raw bytes to the socket, bypassing the framing. */
  write(bytes: string | Uint8Array): void;
  /**
   * Consumes the next packet; waits if none has arrived.
   *
   * @throws TestkitError `TIMEOUT`, `CONNECTION_CLOSED`, or `BAD_PACKET` if it is not a JSON object.
   */
  next(options?: WaitOptions): Promise<ReceivedPacket>;
  /** Consumes packets until one matches; the timeout covers all of them. Throws as {@link next} does. */
  until(predicate: (packet: ReceivedPacket) => boolean, options?: WaitOptions): Promise<Found>;
  /** Stops reading, which the server sees as a stalled receiver. */
  pause(): void;
  resume(): void;
  /** Performs an orderly close and waits for its end, which is forced after a second. */
  close(): Promise<void>;
}

const closeTimeoutMs = 1000;

/** Shared part of the clients of both framings. */
export abstract class BasePacketClient implements PacketClient {
  readonly packets: ReceivedPacket[] = [];
  readonly closed: Promise<Closing>;
  readonly #close: (closing: Closing) => void;
  readonly #arrivals = new WaitList<ReceivedPacket>();
  #taken = 0;
  #failure: Error | undefined;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<Closing>();
    this.closed = promise;
    this.#close = resolve;
  }

  abstract readonly unsentBytes: number;
  abstract send(packet: object | string): void;
  abstract write(bytes: string | Uint8Array): void;
  abstract pause(): void;
  abstract resume(): void;
  /** Begins an orderly close. */
  protected abstract end(): void;
  /** Drops the connection. */
  protected abstract destroy(): void;

  next(options: WaitOptions = {}): Promise<ReceivedPacket> {
    return this.#take(deadline(options), options, (ms) => `no packet within ${ms} ms`);
  }

  async until(predicate: (packet: ReceivedPacket) => boolean, options: WaitOptions = {}): Promise<Found> {
    const between: ReceivedPacket[] = [];
    const endMs = deadline(options);
    const timedOut = (ms: number) =>
      `no matching packet within ${ms} ms; ${between.length} others arrived, the last of them:\n${summary(between)}`;
    for (;;) {
      const packet = await this.#take(endMs, options, timedOut);
      if (predicate(packet)) return { packet, between };
      between.push(packet);
    }
  }

  async close(): Promise<void> {
    this.end();
    // Without reading, neither the peer's close nor its reset is noticed.
    this.resume();
    const timer = setTimeout(() => this.destroy(), closeTimeoutMs);
    await this.closed;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Parses and stores the text of one packet. */
  protected receive(text: string): void {
    if (this.#failure) return;
    let packet: unknown;
    try {
      packet = JSON.parse(text);
    } catch {
      // Reported below, as any other text that is not a packet.
    }
    if (typeof packet !== "object" || packet === null || Array.isArray(packet)) {
      this.fail(new TestkitError("BAD_PACKET", `not a JSON object: ${text.slice(0, 200)}`));
      return;
    }
    this.packets.push(packet as ReceivedPacket);
    this.#arrivals.offer(packet as ReceivedPacket);
  }

  /** Destroys the connection; the first error is kept. */
  protected fail(error: Error): void {
    this.#failure ??= error;
    this.destroy();
  }

  /** Marks the connection as closed. */
  protected finish(closing: Closing = {}): void {
    const cause = this.#failure;
    this.#arrivals.end(() => {
      if (cause instanceof TestkitError) return cause;
      const reason = [closing.code, closing.reason, cause?.message].filter((part) => part).join(" ");
      return new TestkitError("CONNECTION_CLOSED", `the connection was closed${reason && `: ${reason}`}`, {
        cause,
      });
    });
    this.#close({ ...closing, ...(cause && { error: cause }) });
  }

  async #take(
    endMs: number,
    { signal, timeoutMs = defaultTimeoutMs }: WaitOptions,
    timedOut: (timeoutMs: number) => string,
  ): Promise<ReceivedPacket> {
    for (;;) {
      const packet = this.packets[this.#taken];
      if (packet) {
        this.#taken++;
        return packet;
      }
      const leftMs = Math.max(0, endMs - performance.now());
      const wait: WaitOptions = { signal, timeoutMs: leftMs };
      await this.#arrivals.wait(
        () => true,
        wait,
        () => timedOut(timeoutMs),
      );
    }
  }
}

const deadline = ({ timeoutMs = defaultTimeoutMs }: WaitOptions) => performance.now() + timeoutMs;

const summary = (packets: readonly ReceivedPacket[]) =>
  packets
    .slice(-10)
    .map((packet) => JSON.stringify(packet).slice(0, 120))
    .join("\n");
