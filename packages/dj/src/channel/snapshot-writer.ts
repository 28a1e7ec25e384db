import type { QueueSnapshot } from "@asterite/queue";
import type { Logger } from "@asterite/util";
import type { SnapshotStore } from "./snapshot-store.ts";

/** Shortest time between two writes of one room, in ms. */
const restMs = 500;

/** Writes a room down after changes: not more often than needed, and never two at a time. */
export class SnapshotWriter {
  readonly #store: SnapshotStore;
  readonly #channelUuid: number;
  readonly #take: () => QueueSnapshot;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(store: SnapshotStore, channelUuid: number, take: () => QueueSnapshot, logger: Logger) {
    this.#store = store;
    this.#channelUuid = channelUuid;
    this.#take = take;
    this.#logger = logger;
  }

  /** Something has changed. */
  schedule(): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, restMs);
  }

  /** Writes a last time, and waits until that is done. */
  async close(): Promise<void> {
    if (!this.#isClosed) this.#write();
    this.#stop();
    await this.#writing;
  }

  /** Forgets the room. */
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
    // Taken now: what is written last is what was true last.
    const snapshot = this.#take();
    const channel = this.#channelUuid;
    this.#writing = this.#writing
      .then(() => this.#store.save(channel, snapshot))
      .catch((error: unknown) => {
        this.#logger.error({ channel, error: String(error) }, "a room could not be written down");
      });
  }
}
