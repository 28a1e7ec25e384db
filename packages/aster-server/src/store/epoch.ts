import { randomUUID } from "node:crypto";
import type { Epoch } from "./store.ts";

/** Row of an epoch. */
export interface EpochRow {
  readonly epoch: string;
  /** Number of the newest event when it started. */
  readonly started_after: number;
}

/** Epochs that are read. A client of an older one pages the history. */
export const maxEpochs = 20;

/** Creates the id of an epoch, a server or a cluster. */
export const createId = (): string => randomUUID();

/**
 * Returns the present epoch of a database, which is the last row.
 *
 * @param rows - Newest rows, oldest first.
 */
export function toEpoch(rows: readonly EpochRow[]): Epoch {
  let cursor = Number.POSITIVE_INFINITY;
  const forks = [];
  for (let index = rows.length - 1; index > 0; index--) {
    // The data may have gone back beyond the start of an epoch later on.
    cursor = Math.min(cursor, rows[index]?.started_after ?? 0);
    forks.unshift({ epoch: rows[index - 1]?.epoch ?? "", cursor });
  }
  return { id: rows.at(-1)?.epoch ?? "", forks };
}
