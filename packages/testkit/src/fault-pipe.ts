import type { Socket } from "node:net";
import type { Ending, TrafficFault } from "./fault.ts";
import { seededRandom } from "./seeded-random.ts";

/** How many bytes went in and came out of one direction. */
export interface Traffic {
  received: number;
  passed: number;
}

/** Ends a socket as a crashed peer would. */
export function reset(socket: Socket): void {
  if (socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}

/**
 * One direction of one connection. It holds one chunk at a time and waits until the sink has taken it before
 * it reads the next, so a sender feels every fault as it would feel a slow network.
 */
export class FaultPipe {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #traffic: Traffic;
  readonly #cut: (ending: Ending) => void;
  #fault: TrafficFault | undefined;
  #stopped = false;
  #change = Promise.withResolvers<void>();
  /** Bytes that this fault has let through. */
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

  /** Passes nothing on any more; what still comes is thrown away, so that the end behind it is seen. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Works until the source has ended and the sink knows it. */
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
      reset(this.#sink);
    }
  }

  async #pass(chunk: Buffer): Promise<void> {
    let rest = chunk;
    // A fault may change while its predecessor holds bytes back, so each turn looks again.
    while (rest.length > 0 && this.#isOpen) {
      const fault = this.#fault;
      let piece = rest;
      switch (fault?.kind) {
        case "stall":
          await this.#whileStalled();
          continue;
        case "drop":
          return;
        case "corrupt":
          piece = this.#corrupt(rest, fault.offset, fault.seed ?? 1);
          break;
        case "slow": {
          // Twenty pieces a second are smooth enough, and an end of the fault is felt soon.
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
      if (fault?.kind === "cutAfter" && fault === this.#fault && this.#seen >= fault.bytes) {
        this.#cut(fault.ending ?? "reset");
      }
    }
  }

  get #isOpen(): boolean {
    return !this.#stopped && !this.#sink.destroyed;
  }

  #write(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      // Called when the system has taken the bytes, and also when the sink is destroyed before that.
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
    while (this.#fault?.kind === "stall" && !this.#stopped) await this.#change.promise;
  }

  /** @returns false if the fault is over before the time has come. */
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
