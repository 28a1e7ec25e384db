import type { Logger } from "@asterite/util";
import type { Report, WorkerLoad } from "./messages.ts";
import { type AudioOwner, RemotePlayer } from "./remote-player.ts";
import { deserializeError, serializeError } from "./serialized-error.ts";
import { type AudioThread, WorkerPool } from "./worker-pool.ts";
import type { WorkerSettings } from "./worker-settings.ts";

/** A thread that died within this time of its start is replaced only after a pause. */
const shortLifeMs = 5_000;
const pauseAfterShortLifeMs = 1_000;

/** The audio of all players: routes reports from the worker threads, and replaces threads that die. */
export class Engine {
  readonly #pool: WorkerPool;
  readonly #logger: Logger;
  readonly #players = new Map<number, RemotePlayer>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #nextId = 1;

  constructor(settings: WorkerSettings, maxThreads: number, logger: Logger) {
    this.#logger = logger;
    this.#pool = new WorkerPool(settings, maxThreads, {
      report: (thread, report) => this.#handleReport(thread, report),
      died: (thread, error) => this.#scheduleMoves(thread, error),
    });
  }

  /** Load of each thread. */
  get loads(): readonly WorkerLoad[] {
    return this.#pool.loads;
  }

  /** Number of threads. */
  get threads(): number {
    return this.#pool.size;
  }

  /** Adds the audio of a player. */
  add(owner: AudioOwner): RemotePlayer {
    const player = new RemotePlayer(this.#nextId++, this.#pool, owner);
    this.#players.set(player.id, player);
    return player;
  }

  /** Removes the audio of a player. */
  remove(player: RemotePlayer): void {
    this.#players.delete(player.id);
    player.close();
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    this.#players.clear();
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#pool.close();
  }

  #handleReport(thread: AudioThread, report: Report): void {
    if (report.type === "load") return;
    if (report.type === "frames") {
      this.#deliverFrames(report);
      return;
    }
    if (report.type === "segments-lost") {
      const fields = { err: deserializeError(report.error), seconds: report.seconds };
      this.#logger.debug(fields, "segments of an HLS stream not loaded: silence in their place");
      return;
    }
    const player = this.#players.get(report.player);
    if (player?.thread === thread) player.handleReport(report);
  }

  #deliverFrames({ players, lengths, packets }: Report & { readonly type: "frames" }): void {
    let offset = 0;
    for (const [index, id] of players.entries()) {
      const end = offset + (lengths[index] ?? 0);
      this.#players.get(id)?.listener?.(packets.subarray(offset, end));
      offset = end;
    }
  }

  #scheduleMoves(dead: AudioThread, error: unknown): void {
    // Without a pause, threads that die as they start would be started in a tight loop.
    const delayMs = performance.now() - dead.startedMs < shortLifeMs ? pauseAfterShortLifeMs : 0;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#movePlayers(dead, error);
    }, delayMs);
    this.#timers.add(timer);
  }

  #movePlayers(dead: AudioThread, error: unknown): void {
    const players = [...this.#players.values()].filter(({ thread }) => thread === dead);
    this.#logger.error({ err: error, players: players.length }, "audio thread died: moving its players");
    const fault = deserializeError({
      ...serializeError(error),
      message: "The audio thread died while playing this",
    });
    for (const player of players) {
      player.moveTo(this.#pool.acquire(), player.survivesDeath(performance.now()), fault);
    }
  }
}
