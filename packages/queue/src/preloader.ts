import type { QueueEntry } from "./entry.ts";
import { QueueChangeEvent, type QueueEvent } from "./events.ts";
import type { NodePlayer } from "./node-player.ts";
import type { PlaybackAttempt } from "./playback-attempt.ts";
import type { QueuePlayerSettings } from "./player-options.ts";
import type { Queue } from "./queue.ts";
import type { Timers } from "./timers.ts";
import { findTrackProblem } from "./track-identity.ts";

/** Gapless playback: sends the next entry to the node shortly before the current one ends. */
export class Preloader<Data = unknown> {
  readonly #settings: QueuePlayerSettings;
  readonly #queue: Queue<Data>;
  readonly #player: NodePlayer;
  readonly #timers: Pick<Timers<"preload">, "clear" | "set">;
  readonly #emit: (event: QueueEvent<Data>) => void;
  /** Whether gapless playback is on. */
  isEnabled: boolean;
  #entry: QueueEntry<Data> | null = null;

  constructor(
    settings: QueuePlayerSettings,
    queue: Queue<Data>,
    player: NodePlayer,
    timers: Pick<Timers<"preload">, "clear" | "set">,
    emit: (event: QueueEvent<Data>) => void,
  ) {
    this.#settings = settings;
    this.#queue = queue;
    this.#player = player;
    this.#timers = timers;
    this.#emit = emit;
    this.isEnabled = settings.gapless;
  }

  /** Entry that the node will continue with on its own. */
  get entry(): QueueEntry<Data> | null {
    return this.#entry;
  }

  /** Forgets the preloaded entry, because the node has started another one or is about to. */
  forget(): void {
    this.#entry = null;
  }

  /**
   * Schedules the preload. Must be called again whenever the end of the track or the next entry may have
   * changed.
   *
   * @param started - The current attempt if its track has started.
   */
  schedule(started: PlaybackAttempt | undefined): void {
    const { preloadMs, crossfadeMs } = this.#settings;
    const player = this.#player;
    this.#timers.clear("preload");
    const lengthMs = started?.entry.track.lengthMs ?? null;
    if (!this.isEnabled || player.paused || lengthMs === null) return;
    const leftMs = (lengthMs - player.position.ms) / player.position.speed;
    this.#timers.set("preload", Math.max(0, leftMs - preloadMs - crossfadeMs), () => {
      const next = this.#queue.peek();
      if (!next || next.id === this.#entry?.id) return;
      // The node would reject it; it is reported when its turn comes.
      if (findTrackProblem(next.track.track) !== undefined) return;
      this.#entry = next;
      player.preload(next);
      this.#emit(new QueueChangeEvent());
    });
  }
}
