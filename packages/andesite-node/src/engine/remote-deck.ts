import { DeckGauge } from "./shared-deck-stats.ts";
import { monotonicMs } from "./frame.ts";
import type { Command, DeckName, DeckSettings, PlayOrder } from "./messages.ts";

/**
 * The near end of a deck: it says what the deck shall do and remembers it, so that another thread can go on
 * where one was lost.
 */
export class EngineDeck {
  readonly name: DeckName;
  readonly #player: number;
  readonly #send: (command: Command) => void;
  #gauge = new DeckGauge();
  #settings: DeckSettings;
  #stamp = 0;
  /** The position after the last command, until the deck has carried it out. */
  #expectedMs = 0;
  #order: PlayOrder | null = null;
  #next: PlayOrder | null = null;

  constructor(player: number, name: DeckName, settings: DeckSettings, send: (command: Command) => void) {
    this.#player = player;
    this.name = name;
    this.#settings = settings;
    this.#send = send;
    this.#sendSettings();
  }

  /** ms; the position that the last command asked for counts at once. */
  get positionMs(): number {
    return this.#gauge.stamp === this.#stamp ? this.#gauge.positionMs : this.#expectedMs;
  }

  /** Number of the last command. */
  get stamp(): number {
    return this.#stamp;
  }

  /** How many frames were asked for. */
  get asked(): number {
    return this.#gauge.asked;
  }

  /** Frame counters of the last minute. */
  get frames(): { readonly loss: number; readonly success: number; readonly usable: boolean } {
    return this.#gauge.frames(monotonicMs());
  }

  /** Number of the track on the deck; null without one. */
  get generation(): number | null {
    return this.#order?.generation ?? null;
  }

  /** Takes new settings. */
  configure(settings: DeckSettings): void {
    this.#settings = settings;
    this.#sendSettings();
  }

  /** Puts a track on, or behind the one that is there. */
  play(order: PlayOrder): void {
    if (order.next && this.#order) {
      this.#next = order;
    } else {
      this.#order = order;
      this.#next = null;
      this.#expectedMs = order.startMs;
      this.#stamp++;
    }
    this.#sendPlay(order);
  }

  /** Takes the track off. */
  stop(): void {
    this.#order = null;
    this.#next = null;
    this.#expectedMs = 0;
    this.#stamp++;
    this.#send({ type: "stop", ...this.#place(), stamp: this.#stamp });
  }

  /** Goes to another position of the track. */
  seek(positionMs: number): void {
    this.#expectedMs = positionMs;
    this.#stamp++;
    this.#send({ type: "seek", ...this.#place(), positionMs, stamp: this.#stamp });
  }

  /** Changes the end marker of the track; 0 takes it away. */
  endAt(endMs: number): void {
    if (this.#order) this.#order = { ...this.#order, endMs };
    this.#send({ type: "end", ...this.#place(), endMs });
  }

  /** The deck reported that the track ended by itself. */
  ended(next: number | null): void {
    this.#order = next !== null && this.#next?.generation === next ? this.#next : null;
    this.#next = null;
  }

  /** Sets up a deck of the same state in another thread. */
  restore(): void {
    const positionMs = this.positionMs;
    this.#gauge = new DeckGauge();
    this.#stamp++;
    this.#expectedMs = positionMs;
    this.#gauge.place(this.#stamp, positionMs);
    this.#sendSettings();
    if (this.#order) this.#sendPlay({ ...this.#order, startMs: positionMs, crossfadeMs: 0, next: false });
    if (this.#next) this.#sendPlay(this.#next);
  }

  #place() {
    return { player: this.#player, deck: this.name };
  }

  #sendSettings(): void {
    const [gauge, settings, stamp] = [this.#gauge.memory, this.#settings, this.#stamp];
    this.#send({ type: "deck", ...this.#place(), gauge, settings, stamp });
  }

  #sendPlay(order: PlayOrder): void {
    this.#send({ type: "play", ...this.#place(), order, stamp: this.#stamp });
  }
}
