import { createSecretKey, type KeyObject } from "node:crypto";
import type { Logger } from "@asterite/util";
import type { BusKey, SharedLog } from "../store/shared-log.ts";

/** Age in ms at which a new key is used for signing: by then every process accepts it. */
const signAfterMs = 1000;
/** Age in ms of a new key from which the previous one is refused. */
const retireAfterMs = 10_000;
/** Minimum interval between two reads of the keys, in ms. Anyone on NATS can cause them. */
const minReloadIntervalMs = 250;

/** A bus key that is ready for use. */
export interface LoadedBusKey extends Omit<BusKey, "key"> {
  readonly key: KeyObject;
}

const loadKey = ({ key, ...rest }: BusKey): LoadedBusKey => ({ ...rest, key: createSecretKey(key) });

/** Keys that authenticate bus messages: the newest of the database and, after a rotation, the previous one. */
export class BusKeyring {
  readonly #log: Pick<SharedLog, "readBusKeys">;
  readonly #logger: Logger;
  #keys: readonly LoadedBusKey[];
  #isLoading = false;
  #loadedAt = performance.now();

  private constructor(log: Pick<SharedLog, "readBusKeys">, keys: readonly BusKey[], logger: Logger) {
    this.#log = log;
    this.#keys = keys.map(loadKey);
    this.#logger = logger;
  }

  /** Reads the keys of a database. */
  static async load(log: Pick<SharedLog, "readBusKeys">, logger: Logger): Promise<BusKeyring> {
    return new BusKeyring(log, await log.readBusKeys(), logger);
  }

  /** Returns the key for new messages; undefined if the database has none. */
  signingKey(nowMs: number): LoadedBusKey | undefined {
    const [newest, previous] = this.#keys;
    return newest && previous && nowMs < newest.createdMs + signAfterMs ? previous : newest;
  }

  /** Returns the key with a number, unless it is unknown or retired. */
  findKey(number: number, nowMs: number): LoadedBusKey | undefined {
    const [newest, previous] = this.#keys;
    if (newest?.number === number) return newest;
    if (previous?.number !== number || !newest) return undefined;
    return nowMs < newest.createdMs + retireAfterMs ? previous : undefined;
  }

  /** Reads the keys again if the newest one in the database has another number. */
  noticeNewest(number: number): void {
    if (this.#keys[0]?.number !== number) this.reload();
  }

  /** Reads the keys again, unless that is in progress or was done a moment ago. */
  reload(): void {
    if (this.#isLoading || performance.now() - this.#loadedAt < minReloadIntervalMs) return;
    this.#isLoading = true;
    this.#log
      .readBusKeys()
      .then((keys) => {
        this.#keys = keys.map(loadKey);
      })
      .catch((error: unknown) => this.#logger.warn({ err: error }, "bus keys not read: retrying"))
      .finally(() => {
        this.#loadedAt = performance.now();
        this.#isLoading = false;
      });
  }
}
