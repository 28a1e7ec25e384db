/** Systematic sample of the mutants of a room: every `oneIn`-th in the order of the code, beginning with `from`. */
export interface Sample {
  /** Mutants of the room for one in the sample; 1 is the whole room. */
  readonly oneIn: number;
  /** Number of the first mutant in the sample, from 0 to `oneIn` - 1. */
  readonly from: number;
}

/**
 * Returns the source of a plugin for Stryker, the checker `sample`, which leaves out the mutants outside a
 * sample. Ranges of lines in Stryker's `mutate` would leave out every block that is longer than a range.
 */
export const samplePlugin = ({ oneIn, from }: Sample): string => `
const inSample = { status: "passed" };
const leftOut = { status: "compileError", reason: "outside the sample" };
const choose = ({ id }) => [id, Number(id) % ${oneIn} === ${from} ? inSample : leftOut];
export const strykerPlugins = [{
  kind: "Checker",
  name: "sample",
  value: {
    init: async () => {},
    group: (mutants) => [mutants.map(({ id }) => id)],
    check: async (mutants) => Object.fromEntries(mutants.map(choose)),
  },
}];
`;

/**
 * Returns the 95 % interval of the share of a population that has a property, from `hits` among `tried`
 * drawn without putting back: Wilson's interval, with the correction for finite populations.
 *
 * @throws RangeError if nothing was tried.
 */
export function shareInterval(hits: number, tried: number, population: number): readonly [number, number] {
  if (tried === 0) throw new RangeError("nothing was tried: an interval needs at least one mutant");
  if (tried >= population) return [hits / tried, hits / tried];
  // As many draws with putting back have the same variance.
  const draws = (tried * (population - 1)) / (population - tried);
  const share = hits / tried;
  const z2 = 1.96 ** 2;
  const centre = share + z2 / (2 * draws);
  const reach = Math.sqrt((share * (1 - share) + z2 / (4 * draws)) * (z2 / draws));
  const scale = 1 + z2 / draws;
  return [Math.max(0, (centre - reach) / scale), Math.min(1, (centre + reach) / scale)];
}
