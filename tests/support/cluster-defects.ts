/** What is left when a load has ended: uuids of messages, in the order in which somebody knows them. */
export interface Knowledge {
  /** What is stored. */
  readonly history: readonly number[];
  /** What each writer got acknowledged. */
  readonly acknowledged: readonly (readonly number[])[];
  /** What each reader was told. */
  readonly told: readonly (readonly number[])[];
}

/** What contradicts the guarantees. */
export interface Defects {
  /** Acknowledged and not stored, or stored and not told to a reader. */
  readonly lost: number;
  /** Stored or told twice; or stored although nobody got it acknowledged, as the first of two with one nonce is. */
  readonly doubled: number;
  /** Told in another order than stored, or stored in another order than one writer sent it. */
  readonly outOfOrder: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const missing = (values: readonly number[], among: ReadonlySet<number>): number =>
  values.filter((value) => !among.has(value)).length;

const repeated = (values: readonly number[]): number => values.length - new Set(values).size;

/** How many values come after one that stands behind them in another list. */
function misplaced(values: readonly number[], order: readonly number[]): number {
  const places = new Map(order.map((value, index) => [value, index]));
  let last = -1;
  let count = 0;
  for (const value of values) {
    const place = places.get(value);
    if (place === undefined) continue;
    if (place < last) count++;
    last = Math.max(last, place);
  }
  return count;
}

/** Counts what contradicts the guarantees. */
export function countDefects({ history, acknowledged, told }: Knowledge): Defects {
  const stored = new Set(history);
  const all = acknowledged.flat();
  return {
    lost: missing(all, stored) + sum(told.map((one) => missing(history, new Set(one)))),
    doubled: repeated(history) + missing(history, new Set(all)) + repeated(all) + sum(told.map(repeated)),
    outOfOrder: sum([...told, ...acknowledged].map((one) => misplaced(one, history))),
  };
}
