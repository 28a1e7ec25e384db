import { TestkitError } from "./errors.ts";
import { defaultTimeoutMs, WaitList, type WaitOptions } from "./wait-list.ts";

/** A JSON object from a server; what stands in it is for the test to check. */
export interface ReceivedPacket {
  readonly command?: unknown;
  readonly status?: unknown;
  readonly [field: string]: unknown;
}

/** How a connection ended. */
export interface Closing {
  /** What went wrong; absent after an orderly end. */
  readonly error?: Error;
  /** The close code, over WebSocket; 1006 where none was received. */
  readonly code?: number;
  /** The close reason, over WebSocket. */
  readonly reason?: string;
}

/** What {@link PacketClient.until} found. */
export interface Found {
  readonly packet: ReceivedPacket;
  /** What came before it and had not been taken yet. */
  readonly between: readonly ReceivedPacket[];
}

/** A protocol client that checks nothing, so that a test can do everything wrong, over either framing. */
export interface PacketClient extends AsyncDisposable {
  /** All that was received, taken or not. It is never shortened. */
  readonly packets: readonly ReceivedPacket[];
  /** Resolves when the connection is gone; never rejects. It stays open unseen while reading is paused. */
  readonly closed: Promise<Closing>;
  /** What was sent but not yet taken by the system, in bytes. */
  readonly unsentBytes: number;
  /** Sends one packet, or a text in place of one. Nothing happens on a closed connection. */
  send(packet: object | string): void;
  /** Puts bytes on the wire as they are, past the framing. */
  write(bytes: string | Uint8Array): void;
  /**
   * Takes the next packet, waiting for it where none is there.
   *
   * @throws TestkitError `timeout`, `connection-closed`, or `bad-packet` for what is no JSON object.
   */
  next(options?: WaitOptions): Promise<ReceivedPacket>;
  /** Takes packets until one fits, in the time given for all of them; throws as {@link next} does. */
  until(predicate: (packet: ReceivedPacket) => boolean, options?: WaitOptions): Promise<Found>;
  /** Stops reading, so that the server feels a receiver that has stalled. */
  pause(): void;
  resume(): void;
  /** Says goodbye and waits for the end, which is forced after a second. */
  close(): Promise<void>;
}

const goodbyeMs = 1000;

/** What both framings have in common. */
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
  /** Begins an orderly end. */
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
      `no such packet within ${ms} ms; ${between.length} others came, the last of them:\n${summary(between)}`;
    for (;;) {
      const packet = await this.#take(endMs, options, timedOut);
      if (predicate(packet)) return { packet, between };
      between.push(packet);
    }
  }

  async close(): Promise<void> {
    this.end();
    // Neither the goodbye of the other side nor its reset is seen by one who does not read.
    this.resume();
    const timer = setTimeout(() => this.destroy(), goodbyeMs);
    await this.closed;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Takes in the text of one packet. */
  protected receive(text: string): void {
    if (this.#failure) return;
    let packet: unknown;
    try {
      packet = JSON.parse(text);
    } catch {
      // Told below with everything else that is no packet.
    }
    if (typeof packet !== "object" || packet === null || Array.isArray(packet)) {
      this.fail(new TestkitError("bad-packet", `not a JSON object: ${text.slice(0, 200)}`));
      return;
    }
    this.packets.push(packet as ReceivedPacket);
    this.#arrivals.offer(packet as ReceivedPacket);
  }

  /** Ends the connection for a reason, of which the first counts. */
  protected fail(error: Error): void {
    this.#failure ??= error;
    this.destroy();
  }

  /** The connection is gone. */
  protected finish(closing: Closing = {}): void {
    const cause = this.#failure;
    this.#arrivals.end(() => {
      if (cause instanceof TestkitError) return cause;
      const why = [closing.code, closing.reason, cause?.message].filter((part) => part).join(" ");
      return new TestkitError("connection-closed", `the connection was closed${why && `: ${why}`}`, {
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
