import type { QueueEntry } from "./entry.ts";
import type { NodePlayer } from "./node-player.ts";
import type { PlaybackAttempt } from "./playback-attempt.ts";
import type { QueuePlayerSettings } from "./player-options.ts";
import type { Queue } from "./queue.ts";
import type { Timers } from "./timers.ts";

/** What a {@link Preloader} works with. */
interface PreloadContext {
  readonly settings: QueuePlayerSettings;
  readonly queue: Queue;
  readonly player: NodePlayer;
  readonly timers: Pick<Timers<"preload">, "clear" | "set">;
  /** An entry has been handed over. */
  readonly changed: () => void;
}

/** Hands the next entry to the node before the present one ends, so that there is no gap. */
export class Preloader {
  readonly #context: PreloadContext;
  #entry: QueueEntry | null = null;
  #isOn: boolean;

  constructor(context: PreloadContext) {
    this.#context = context;
    this.#isOn = context.settings.gapless;
  }

  /** Whether entries are to follow each other without a gap. */
  get isOn(): boolean {
    return this.#isOn;
  }

  set isOn(isOn: boolean) {
    this.#isOn = isOn;
  }

  /** What the node goes on with by itself. */
  get entry(): QueueEntry | null {
    return this.#entry;
  }

  /** The node has started something else, or will. */
  forget(): void {
    this.#entry = null;
  }

  /** Sets the time of handing over; again whenever the end or what follows may be another one. */
  schedule(running: PlaybackAttempt | null): void {
    const { settings, queue, player, timers, changed } = this.#context;
    timers.clear("preload");
    const lengthMs = running?.entry.track.lengthMs ?? null;
    if (!this.#isOn || !running?.hasStarted || player.paused || lengthMs === null) return;
    const leftMs = (lengthMs - player.position.ms) / player.position.speed;
    timers.set("preload", Math.max(0, leftMs - settings.preloadMs - settings.crossfadeMs), () => {
      const next = queue.peek();
      if (!next || next.id === this.#entry?.id) return;
      this.#entry = next;
      player.preload(next);
      changed();
    });
  }
}
