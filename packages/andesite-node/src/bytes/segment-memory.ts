import type { HlsMemory } from "@asterite/audio/media";
import type { ByteLimits } from "./byte-limits.ts";
import { ReadAhead, type ReadAheadBudget } from "./read-ahead.ts";

/** Memory for the segments of an HLS stream, within the budget of all tracks. */
export class SegmentMemory implements HlsMemory {
  readonly #readAhead: ReadAhead;

  constructor(budget: ReadAheadBudget, limits: ByteLimits) {
    this.#readAhead = new ReadAhead(budget, limits);
  }

  hasRoomFor(bytes: number): boolean {
    return this.#readAhead.fitsBudget(bytes);
  }

  hold(bytes: number): void {
    if (!this.#readAhead.isStarted) this.#readAhead.start(null);
    this.#readAhead.hold(bytes);
  }

  release(bytes: number): void {
    this.#readAhead.release(bytes);
  }

  close(): void {
    this.#readAhead.close();
  }
}
