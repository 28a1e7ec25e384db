import type { filterSettings, PlainFilterName } from "@asterite/andesite-protocol";

/**
 * Every setting of every filter of a player: plain data, so that it can go to another thread. Names, units and
 * ranges are the protocol's.
 */
export type FilterValues = {
  readonly [Name in PlainFilterName]: {
    readonly [Setting in keyof (typeof filterSettings)[Name]]: number;
  };
} & {
  /** Gains of the fifteen bands, in order. */
  readonly equalizer: readonly number[];
};
