import { checkRange, maxDelayMs, TestkitError } from "./errors.ts";

/** Direction of bytes through a proxy. */
export type Direction = "toServer" | "toClient";

/** How a connection ends: `reset` with RST, as after a crash, `end` with FIN, as by an orderly close. */
export type Ending = "reset" | "end";

interface Directed {
  /** Default: both. */
  readonly direction?: Direction;
}

/**
 * A fault of one direction. Offsets and amounts count per connection, from the injection or from the start of
 * the connection, whichever is later.
 */
export type TrafficFault =
  /** Reads and passes on no bytes, not even the end of a connection, until healed. */
  | (Directed & { readonly type: "stall" })
  /** Reads bytes and discards them. */
  | (Directed & { readonly type: "drop" })
  /** Flips one bit, once. */
  | (Directed & {
      readonly type: "corrupt";
      /** Offset of the byte. Default: a random one of the next chunk. */
      readonly offset?: number;
      /** Integer seed of the bit and the random byte, the same on each connection. Default: 1. */
      readonly seed?: number;
    })
  /** Limits the rate. */
  | (Directed & { readonly type: "slow"; readonly bytesPerSecond: number })
  /** Holds each chunk, at most 128 KiB, for at least this time before it reads the next. */
  | (Directed & { readonly type: "delay"; readonly delayMs: number })
  /** Passes on this many bytes and then ends the connection in both directions. Default: `reset`. */
  | (Directed & { readonly type: "cutAfter"; readonly bytes: number; readonly ending?: Ending });

/** A fault that a proxy can inject. */
export type Fault =
  | TrafficFault
  /** Resets new connections; existing ones stay. */
  | { readonly type: "refuse" };

const maxBytes = Number.MAX_SAFE_INTEGER;

/**
 * Checks the fields of a fault.
 *
 * @throws TestkitError `BAD_OPTION` naming the field.
 */
export function checkFault(fault: Fault): void {
  switch (fault.type) {
    case "corrupt":
      checkRange("offset", fault.offset ?? 0, 0, maxBytes);
      checkRange("seed", fault.seed ?? 1, 0, maxBytes);
      break;
    case "slow":
      // At a lower rate a single byte would take longer than a timer can wait.
      checkRange("bytesPerSecond", fault.bytesPerSecond, 0.001, maxBytes);
      break;
    case "delay":
      checkRange("delayMs", fault.delayMs, 0, maxDelayMs);
      break;
    case "cutAfter":
      checkRange("bytes", fault.bytes, 0, maxBytes);
      break;
    case "stall":
    case "drop":
    case "refuse":
      break;
    default:
      throw new TestkitError("BAD_OPTION", `type: ${JSON.stringify(fault)} is not a fault`);
  }
}
