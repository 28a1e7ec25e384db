import type { filterSettings, PlainFilterName } from "@asterite/andesite-protocol";

/**
 * All filter settings of a player: plain data that can be sent to another thread. Names, units and ranges are
 * those of the protocol.
 */
export type FilterValues = {
  readonly [Name in PlainFilterName]: {
    readonly [Setting in keyof (typeof filterSettings)[Name]]: number;
  };
} & {
  /** Gains of the fifteen bands, in order. */
  readonly equalizer: readonly number[];
};
