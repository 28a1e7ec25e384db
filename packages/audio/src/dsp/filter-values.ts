import type {
  EffectName,
  EffectSettings,
  FilterName,
  filterSettings,
  LavalinkFilterSettings,
  PlainFilterName,
} from "@asterite/andesite-protocol";

/** Name of a filter of the chain: those of Andesite, the distortion of Lavalink, and effects. */
export type ChainFilterName = FilterName | "distortion" | EffectName;

/**
 * All filter settings of a player: plain data that can be sent to another thread. Names, units and ranges are
 * those of the protocol.
 */
export type FilterValues = {
  readonly [Name in PlainFilterName]: {
    readonly [Setting in keyof (typeof filterSettings)[Name]]: number;
  };
} & { readonly [Name in EffectName]: EffectSettings<Name> } & {
  /** Gains of the fifteen bands, in order. */
  readonly equalizer: readonly number[];
  readonly distortion: LavalinkFilterSettings<"distortion">;
  /** Whether each filter is in the chain. */
  readonly enabled: Readonly<Record<ChainFilterName, boolean>>;
};
