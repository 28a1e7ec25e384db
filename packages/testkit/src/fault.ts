import { checkRange, maxDelayMs, TestkitError } from "./errors.ts";

/** Which way bytes travel through a proxy. */
export type Direction = "toServer" | "toClient";

/** How a connection is ended: `reset` as by a crash (RST), `end` as by a polite peer (FIN). */
export type Ending = "reset" | "end";

interface Directed {
  /** Both ways unless told. */
  readonly direction?: Direction;
}

/**
 * What goes wrong with the bytes of one direction. Offsets and amounts count for each connection by itself,
 * from the moment of injection or from its own beginning, whichever is later.
 */
export type TrafficFault =
  /** Takes nothing in and passes nothing on, not even the end of a connection, until healed. */
  | (Directed & { readonly kind: "stall" })
  /** Takes bytes in and throws them away. */
  | (Directed & { readonly kind: "drop" })
  /** Flips one bit, once. */
  | (Directed & {
      readonly kind: "corrupt";
      /** Which byte; a random one of the next that come together unless told. */
      readonly offset?: number;
      /** An integer that decides the bit and the random byte, the same on each connection; 1 unless told. */
      readonly seed?: number;
    })
  /** Passes bytes on at no more than this rate. */
  | (Directed & { readonly kind: "slow"; readonly bytesPerSecond: number })
  /** Holds back what comes together, 128 KiB at most, for at least this time before it takes more in. */
  | (Directed & { readonly kind: "delay"; readonly delayMs: number })
  /** Passes on this many bytes and then ends the connection both ways; `reset` unless told. */
  | (Directed & { readonly kind: "cutAfter"; readonly bytes: number; readonly ending?: Ending });

/** What a proxy can be told to do wrong. */
export type Fault =
  | TrafficFault
  /** Resets connections that are made from now on; those that exist are left alone. */
  | { readonly kind: "refuse" };

const mostBytes = Number.MAX_SAFE_INTEGER;

/** @throws TestkitError `bad-option` naming the field. */
export function checkFault(fault: Fault): void {
  switch (fault.kind) {
    case "corrupt":
      checkRange("offset", fault.offset ?? 0, 0, mostBytes);
      checkRange("seed", fault.seed ?? 1, 0, mostBytes);
      break;
    case "slow":
      // A lower rate would let a single byte wait longer than a timer can.
      checkRange("bytesPerSecond", fault.bytesPerSecond, 0.001, mostBytes);
      break;
    case "delay":
      checkRange("delayMs", fault.delayMs, 0, maxDelayMs);
      break;
    case "cutAfter":
      checkRange("bytes", fault.bytes, 0, mostBytes);
      break;
    case "stall":
    case "drop":
    case "refuse":
      break;
    default:
      throw new TestkitError("bad-option", `kind: ${JSON.stringify(fault)} is no fault`);
  }
}
