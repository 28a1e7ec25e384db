import type { QueuePlayer } from "@asterite/queue";
import type { Logger } from "@asterite/util";
import type { SnapshotStore } from "./snapshot-store.ts";

/** Delay that merges the changes of a burst into one write, in ms. */
const writeDelayMs = 500;

/** Saves the queue of one channel after changes: merges bursts, and never writes concurrently. */
export class SnapshotWriter {
  readonly #store: SnapshotStore;
  readonly #channelUuid: number;
  readonly #player: Pick<QueuePlayer, "toSnapshot">;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(
    store: SnapshotStore,
    channelUuid: number,
    player: Pick<QueuePlayer, "toSnapshot">,
    logger: Logger,
  ) {
    this.#store = store;
    this.#channelUuid = channelUuid;
    this.#player = player;
    this.#logger = logger;
  }

  /** Schedules a write after a change. */
  schedule(): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, writeDelayMs);
  }

  /** Writes a last time, and resolves when that is done. */
  async close(): Promise<void> {
    if (!this.#isClosed) this.#write();
    this.#stop();
    await this.#writing;
  }

  /** Deletes the saved queue. */
  async remove(): Promise<void> {
    this.#stop();
    await this.#writing;
    await this.#store.remove(this.#channelUuid);
  }

  #stop(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #write(): void {
    // Taken before the pending write completes, so that the last write holds the state of the last call.
    const snapshot = this.#player.toSnapshot();
    const channel = this.#channelUuid;
    this.#writing = this.#writing
      .then(() => this.#store.save(channel, snapshot))
      .catch((error: unknown) => {
        this.#logger.error({ channel, error: String(error) }, "could not save the queue");
      });
  }
}
