/** Slots of one second that are kept. */
const slots = 60;
const slotMs = 1_000;
/** A pause between two tracks up to this long does not interrupt the minute of playing. */
const acceptableGapMs = 100;

/** Places in the numbers. */
const Number64 = { position: 0, slotStart: 1, playingSince: 2, started: 3, ended: 4 } as const;
/** Places in the counts. */
const Count32 = { stamp: 0, asked: 1, slot: 2 } as const;

const numbersBytes = 8 * Object.keys(Number64).length;
const countsBytes = 4 * Object.keys(Count32).length;
const ringBytes = 2 * slots;

/** Frames of the last minute. */
export interface FrameCounts {
  readonly loss: number;
  readonly success: number;
  readonly usable: boolean;
}

/**
 * What a deck shows of itself, in memory that both threads see: the thread with the audio writes, the one with
 * the players reads whenever somebody asks. Frame counters are those of section 11.7 of the protocol. Times
 * are ms of `monotonicMs`.
 */
export class DeckGauge {
  /** To give to the other thread. */
  readonly memory: SharedArrayBuffer;
  readonly #numbers: Float64Array;
  readonly #counts: Uint32Array;
  readonly #success: Uint16Array;
  readonly #loss: Uint16Array;

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(numbersBytes + countsBytes + 2 * ringBytes);
    this.#numbers = new Float64Array(this.memory, 0, numbersBytes / 8);
    this.#counts = new Uint32Array(this.memory, numbersBytes, countsBytes / 4);
    this.#success = new Uint16Array(this.memory, numbersBytes + countsBytes, slots);
    this.#loss = new Uint16Array(this.memory, numbersBytes + countsBytes + ringBytes, slots);
  }

  /** Number of the last command about the position that the position takes into account. */
  get stamp(): number {
    return Atomics.load(this.#counts, Count32.stamp);
  }

  /** ms. */
  get positionMs(): number {
    return this.#numbers[Number64.position] ?? 0;
  }

  /** How many frames were asked for since the deck was made, modulo 2^32. */
  get asked(): number {
    return Atomics.load(this.#counts, Count32.asked);
  }

  /** Frame counters as of a moment. */
  frames(nowMs: number): FrameCounts {
    let [success, loss] = [0, 0];
    for (const count of this.#success) success += count;
    for (const count of this.#loss) loss += count;
    const { 2: playingSince = 0, 3: started = 0, 4: ended = 0 } = this.#numbers;
    const usable =
      playingSince > 0 && started - ended <= acceptableGapMs && nowMs - playingSince >= slots * slotMs;
    return { loss, success, usable };
  }

  /** The position after a command. */
  place(stamp: number, positionMs: number): void {
    this.#numbers[Number64.position] = positionMs;
    Atomics.store(this.#counts, Count32.stamp, stamp);
  }

  /** A frame was handed out, which moved the position. */
  delivered(positionMs: number, nowMs: number): void {
    this.#numbers[Number64.position] = positionMs;
    this.#count(this.#success, nowMs);
  }

  /** A frame was asked for and not there. */
  missed(nowMs: number): void {
    this.#count(this.#loss, nowMs);
  }

  /** Somebody asked for a frame, whether there is something to play or not. */
  ask(): void {
    Atomics.add(this.#counts, Count32.asked, 1);
  }

  /** A track starts, or goes on after a pause. */
  start(nowMs: number): void {
    const { 2: playingSince = 0, 4: ended = 0 } = this.#numbers;
    this.#numbers[Number64.started] = nowMs;
    if (playingSince > 0 && nowMs - ended <= acceptableGapMs) return;
    this.#numbers[Number64.playingSince] = nowMs;
    // The first start of all is no gap.
    if (ended === 0) this.#numbers[Number64.ended] = nowMs;
    this.#numbers[Number64.slotStart] = nowMs;
    this.#success.fill(0);
    this.#loss.fill(0);
  }

  /** A track ends or is paused. */
  end(nowMs: number): void {
    this.#numbers[Number64.ended] = nowMs;
  }

  #count(ring: Uint16Array, nowMs: number): void {
    let slot = this.#counts[Count32.slot] ?? 0;
    if (nowMs - (this.#numbers[Number64.slotStart] ?? 0) > slotMs) {
      this.#numbers[Number64.slotStart] = nowMs;
      slot = (slot + 1) % slots;
      this.#counts[Count32.slot] = slot;
      this.#success[slot] = 0;
      this.#loss[slot] = 0;
    }
    ring[slot] = (ring[slot] ?? 0) + 1;
  }
}
