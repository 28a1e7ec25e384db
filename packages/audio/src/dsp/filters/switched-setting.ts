import { rampLength } from "../format.ts";

/**
 * Setting whose values between two cannot be heard without an artefact, such as the length of a delay: a change fades from the
 * output with the old value to the output with the new one, over 20 ms. Loops add {@link step} to {@link share} for every sample,
 * as long as it is below 1, and write the result back.
 */
export class SwitchedSetting {
  /** Old value. */
  from: number;
  /** New value. */
  to: number;
  /** Share of the output with the new value, up to 1. */
  share = 1;
  /** Increment of the share per sample. */
  readonly step = 1 / rampLength;
  #wanted: number;

  constructor(value: number) {
    this.from = value;
    this.to = value;
    this.#wanted = value;
  }

  /** Changes the value. A change during a fade waits for its end. */
  set(value: number): void {
    this.#wanted = value;
  }

  /** Starts the fade to a changed value. Called before each block. */
  advance(): void {
    if (this.share < 1 || this.#wanted === this.to) return;
    this.from = this.to;
    this.to = this.#wanted;
    this.share = 0;
  }

  /** Jumps to the changed value. */
  finish(): void {
    this.from = this.#wanted;
    this.to = this.#wanted;
    this.share = 1;
  }
}
