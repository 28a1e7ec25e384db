/** Observations after a load test: UUIDs of messages, in the order seen by each party. */
export interface Observations {
  /** Stored messages. */
  readonly history: readonly number[];
  /** Acknowledged messages of each writer. */
  readonly acknowledged: readonly (readonly number[])[];
  /** Messages received by each reader. */
  readonly received: readonly (readonly number[])[];
}

/** Violations of the delivery guarantees. */
export interface Defects {
  /** Acknowledged but not stored, or stored but not received by a reader. */
  readonly lost: number;
  /**
   * Stored or received more than once; or stored but never acknowledged, as the first of two sends with one
   * nonce.
   */
  readonly duplicated: number;
  /** Received in another order than stored, or stored in another order than sent by one writer. */
  readonly outOfOrder: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const countMissing = (values: readonly number[], among: ReadonlySet<number>): number =>
  values.filter((value) => !among.has(value)).length;

const countDuplicates = (values: readonly number[]): number => values.length - new Set(values).size;

/** Counts the values that follow a value which comes later in the reference order. */
function countMisplaced(values: readonly number[], order: readonly number[]): number {
  const positions = new Map(order.map((value, index) => [value, index]));
  let last = -1;
  let count = 0;
  for (const value of values) {
    const position = positions.get(value);
    if (position === undefined) continue;
    if (position < last) count++;
    last = Math.max(last, position);
  }
  return count;
}

/** Counts violations of the delivery guarantees. */
export function countDefects({ history, acknowledged, received }: Observations): Defects {
  const stored = new Set(history);
  const all = acknowledged.flat();
  return {
    lost: countMissing(all, stored) + sum(received.map((one) => countMissing(history, new Set(one)))),
    duplicated:
      countDuplicates(history) +
      countMissing(history, new Set(all)) +
      countDuplicates(all) +
      sum(received.map(countDuplicates)),
    outOfOrder: sum([...received, ...acknowledged].map((one) => countMisplaced(one, history))),
  };
}
