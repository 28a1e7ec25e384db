import type { Logger } from "@asterite/util";
import { EnginePlayer, type EnginePlayerEvents } from "./remote-player.ts";
import type { Report, WorkerLoad } from "./messages.ts";
import { packError, unpackError } from "./serialized-error.ts";
import { type AudioThread, WorkerPool } from "./worker-pool.ts";
import type { WorkerSettings } from "./worker-settings.ts";

/** A thread that died within this time of its start is followed by a pause. */
const shortLifeMs = 5_000;
const pauseAfterShortLifeMs = 1_000;

/** The audio of all players, which runs in other threads. */
export class Engine {
  readonly #pool: WorkerPool;
  readonly #logger: Logger;
  readonly #players = new Map<number, EnginePlayer>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #nextId = 1;

  constructor(settings: WorkerSettings, maxThreads: number, logger: Logger) {
    this.#logger = logger;
    this.#pool = new WorkerPool(settings, maxThreads, {
      report: (thread, report) => this.#take(thread, report),
      lost: (thread, error) => this.#lose(thread, error),
    });
  }

  /** How the threads are doing. */
  get loads(): readonly WorkerLoad[] {
    return this.#pool.loads;
  }

  /** Number of threads. */
  get threads(): number {
    return this.#pool.size;
  }

  /** Makes the audio of one more player. */
  add(events: EnginePlayerEvents): EnginePlayer {
    const player = new EnginePlayer(this.#nextId++, this.#pool.acquire(), events, (closed) => {
      this.#players.delete(closed.id);
      this.#pool.release(closed.thread);
    });
    this.#players.set(player.id, player);
    return player;
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    this.#players.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#pool.close();
  }

  #take(thread: AudioThread, report: Report): void {
    if (report.type === "frames") {
      let offset = 0;
      for (const [index, id] of report.players.entries()) {
        const end = offset + (report.lengths[index] ?? 0);
        this.#players.get(id)?.listener?.(report.packets.subarray(offset, end));
        offset = end;
      }
      return;
    }
    if (report.type === "load") return;
    const player = this.#players.get(report.player);
    if (player?.thread !== thread) return;
    if (report.type === "locate") void this.#locate(thread, player, report);
    else player.take(report);
  }

  async #locate(
    thread: AudioThread,
    player: EnginePlayer,
    { request, deck, generation }: Report & { type: "locate" },
  ): Promise<void> {
    try {
      thread.send({ type: "located", request, location: await player.locate(deck, generation) });
    } catch (error) {
      thread.send({ type: "not-located", request, error: packError(error) });
    }
  }

  #lose(lost: AudioThread, error: unknown): void {
    // Whatever kills threads as they start must not make this one start them without end.
    const delayMs = performance.now() - lost.startedMs < shortLifeMs ? pauseAfterShortLifeMs : 0;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#rescue(lost, error);
    }, delayMs);
    this.#timers.add(timer);
  }

  #rescue(lost: AudioThread, error: unknown): void {
    const players = [...this.#players.values()].filter(({ thread }) => thread === lost);
    this.#logger.error({ err: error, players: players.length }, "an audio thread died; its players move");
    const fault = unpackError({ ...packError(error), message: "The audio thread died while playing this" });
    for (const player of players) {
      player.move(this.#pool.acquire(), player.survives(performance.now()), fault);
    }
  }
}
