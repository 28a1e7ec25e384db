/** Slots of one second in the ring of frame counters. */
const slots = 60;
const slotMs = 1_000;
/** Pause between two tracks, in ms, up to which the minute of playing counts as uninterrupted. */
const maxGapMs = 100;

/** Indexes of the 64-bit floats. */
const Float64 = { position: 0, slotStart: 1, playingSince: 2, started: 3, ended: 4 } as const;
/** Indexes of the 32-bit integers. */
const Uint32 = { revision: 0, requested: 1, slot: 2 } as const;

const floatsBytes = 8 * Object.keys(Float64).length;
const integersBytes = 4 * Object.keys(Uint32).length;
const ringBytes = 2 * slots;

/** Frame counters of the last minute (section 11.7 of the protocol). */
export interface FrameCounts {
  /** Frames that were requested but not available. */
  readonly loss: number;
  /** Frames delivered. */
  readonly success: number;
  /** Whether the counters cover a whole minute of playing. */
  readonly usable: boolean;
}

/**
 * Position and frame counters of a deck in shared memory: the worker thread writes them, the main thread
 * reads them without waiting for a message. The counters follow section 11.7 of the protocol. Times are ms of
 * `monotonicMs`.
 */
export class SharedDeckStats {
  /** Memory to send to the other thread. */
  readonly memory: SharedArrayBuffer;
  readonly #floats: Float64Array;
  readonly #integers: Uint32Array;
  readonly #success: Uint16Array;
  readonly #loss: Uint16Array;

  /** @param memory - Memory that the other thread allocated. Default: allocates it. */
  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(floatsBytes + integersBytes + 2 * ringBytes);
    this.#floats = new Float64Array(this.memory, 0, floatsBytes / 8);
    this.#integers = new Uint32Array(this.memory, floatsBytes, integersBytes / 4);
    this.#success = new Uint16Array(this.memory, floatsBytes + integersBytes, slots);
    this.#loss = new Uint16Array(this.memory, floatsBytes + integersBytes + ringBytes, slots);
  }

  /** Revision of the last command that {@link positionMs} reflects. */
  get revision(): number {
    return Atomics.load(this.#integers, Uint32.revision);
  }

  /** Position in the track, in ms. */
  get positionMs(): number {
    return this.#floats[Float64.position] ?? 0;
  }

  /** Frames requested since the deck was created, modulo 2^32. */
  get requestedFrames(): number {
    return Atomics.load(this.#integers, Uint32.requested);
  }

  /** Returns the frame counters as of a time. */
  frameCounts(nowMs: number): FrameCounts {
    let [success, loss] = [0, 0];
    for (const count of this.#success) success += count;
    for (const count of this.#loss) loss += count;
    const { 2: playingSince = 0, 3: started = 0, 4: ended = 0 } = this.#floats;
    const usable = playingSince > 0 && started - ended <= maxGapMs && nowMs - playingSince >= slots * slotMs;
    return { loss, success, usable };
  }

  /** Sets the position that results from a command. */
  setPosition(revision: number, positionMs: number): void {
    this.#floats[Float64.position] = positionMs;
    Atomics.store(this.#integers, Uint32.revision, revision);
  }

  /** Counts a delivered frame, and sets the position after it. */
  countDelivered(positionMs: number, nowMs: number): void {
    this.#floats[Float64.position] = positionMs;
    this.#count(this.#success, nowMs);
  }

  /** Counts a frame that was requested but not available. */
  countMissed(nowMs: number): void {
    this.#count(this.#loss, nowMs);
  }

  /** Counts a request for a frame, with or without a track. */
  countRequested(): void {
    Atomics.add(this.#integers, Uint32.requested, 1);
  }

  /** Records that a track starts, or resumes after a pause. */
  recordStart(nowMs: number): void {
    const { 2: playingSince = 0, 4: ended = 0 } = this.#floats;
    this.#floats[Float64.started] = nowMs;
    if (playingSince > 0 && nowMs - ended <= maxGapMs) return;
    this.#floats[Float64.playingSince] = nowMs;
    // There is no gap before the very first start.
    if (ended === 0) this.#floats[Float64.ended] = nowMs;
    this.#floats[Float64.slotStart] = nowMs;
    this.#success.fill(0);
    this.#loss.fill(0);
  }

  /** Records that a track ends, or is paused. */
  recordEnd(nowMs: number): void {
    this.#floats[Float64.ended] = nowMs;
  }

  #count(ring: Uint16Array, nowMs: number): void {
    let slot = this.#integers[Uint32.slot] ?? 0;
    if (nowMs - (this.#floats[Float64.slotStart] ?? 0) > slotMs) {
      this.#floats[Float64.slotStart] = nowMs;
      slot = (slot + 1) % slots;
      this.#integers[Uint32.slot] = slot;
      this.#success[slot] = 0;
      this.#loss[slot] = 0;
    }
    ring[slot] = (ring[slot] ?? 0) + 1;
  }
}
