import type {
  FilterName,
  filterSettings,
  LavalinkFilterSettings,
  PlainFilterName,
} from "@asterite/andesite-protocol";

/** Name of a filter of the chain: those of Andesite, and the distortion of Lavalink. */
export type ChainFilterName = FilterName | "distortion";

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
  readonly distortion: LavalinkFilterSettings<"distortion">;
  /** Whether each filter is in the chain. */
  readonly enabled: Readonly<Record<ChainFilterName, boolean>>;
};
