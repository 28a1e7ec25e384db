import type { Socket } from "node:net";
import type { Ending, TrafficFault } from "./fault.ts";
import { resetSocket } from "./reset-socket.ts";
import { seededRandom } from "./seeded-random.ts";

/** Byte counts of one direction. */
export interface Traffic {
  received: number;
  passed: number;
}

/**
 * One direction of one connection. It holds one chunk at a time and waits until the sink has accepted it
 * before it reads the next, so a fault causes the same back-pressure as a slow network.
 */
export class FaultPipe {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #traffic: Traffic;
  readonly #cut: (ending: Ending) => void;
  #fault: TrafficFault | undefined;
  #stopped = false;
  #change = Promise.withResolvers<void>();
  /** Bytes passed on since the fault was set. */
  #seen = 0;
  #flipped = false;

  constructor(source: Socket, sink: Socket, traffic: Traffic, cut: (ending: Ending) => void) {
    this.#source = source;
    this.#sink = sink;
    this.#traffic = traffic;
    this.#cut = cut;
  }

  set fault(fault: TrafficFault | undefined) {
    this.#fault = fault;
    this.#seen = 0;
    this.#flipped = false;
    this.#wake();
  }

  /** Stops passing bytes on and discards what still arrives, so that the end of the stream is read. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Passes bytes until the source has ended, and ends the sink. */
  async run(): Promise<void> {
    try {
      for await (const chunk of this.#source as AsyncIterable<Buffer>) {
        this.#traffic.received += chunk.length;
        await this.#pass(chunk);
      }
      await this.#whileStalled();
      this.#sink.end();
    } catch {
      await this.#whileStalled();
      resetSocket(this.#sink);
    }
  }

  async #pass(chunk: Buffer): Promise<void> {
    let rest = chunk;
    // The fault may change while bytes are held back, so each iteration reads it again.
    while (rest.length > 0 && this.#isOpen) {
      const fault = this.#fault;
      let piece = rest;
      switch (fault?.type) {
        case "stall":
          await this.#whileStalled();
          continue;
        case "drop":
          return;
        case "corrupt":
          piece = this.#corrupt(rest, fault.offset, fault.seed ?? 1);
          break;
        case "slow": {
          // Twenty pieces a second: smooth enough, and healing takes effect soon.
          piece = rest.subarray(0, Math.ceil(fault.bytesPerSecond / 20));
          const pieceMs = (1000 * piece.length) / fault.bytesPerSecond;
          if (!(await this.#sleep(pieceMs, fault))) continue;
          break;
        }
        case "delay":
          if (!(await this.#sleep(fault.delayMs, fault))) continue;
          break;
        case "cutAfter":
          piece = rest.subarray(0, fault.bytes - this.#seen);
          break;
      }
      rest = rest.subarray(piece.length);
      this.#seen += piece.length;
      await this.#write(piece);
      if (fault?.type === "cutAfter" && fault === this.#fault && this.#seen >= fault.bytes) {
        this.#cut(fault.ending ?? "reset");
      }
    }
  }

  get #isOpen(): boolean {
    return !this.#stopped && !this.#sink.destroyed;
  }

  #write(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      // Called when the system has accepted the bytes, and also when the sink is destroyed before that.
      this.#sink.write(bytes, (error) => {
        if (!error) this.#traffic.passed += bytes.length;
        resolve();
      });
    });
  }

  #corrupt(bytes: Buffer, wanted: number | undefined, seed: number): Buffer {
    if (this.#flipped) return bytes;
    const random = seededRandom(seed);
    const mask = 1 << Math.floor(random() * 8);
    const offset = wanted === undefined ? Math.floor(random() * bytes.length) : wanted - this.#seen;
    if (offset >= bytes.length) return bytes;
    const corrupted = Buffer.from(bytes);
    corrupted.writeUInt8(bytes.readUInt8(offset) ^ mask, offset);
    this.#flipped = true;
    return corrupted;
  }

  async #whileStalled(): Promise<void> {
    while (this.#fault?.type === "stall" && !this.#stopped) await this.#change.promise;
  }

  /** Waits; returns false if the fault ends earlier. */
  async #sleep(ms: number, fault: TrafficFault): Promise<boolean> {
    const dueMs = performance.now() + ms;
    const isOn = () => this.#fault === fault && this.#isOpen;
    for (let now = performance.now(); now < dueMs && isOn(); now = performance.now()) {
      const timer = setTimeout(() => this.#wake(), Math.ceil(dueMs - now));
      await this.#change.promise;
      clearTimeout(timer);
    }
    return isOn();
  }

  #wake(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }
}
