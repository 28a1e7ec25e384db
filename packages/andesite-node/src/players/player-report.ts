import type { FilterName, FilterState } from "@asterite/andesite-protocol";

/** Frame counters of the last minute (section 11.7 of the protocol). */
export interface FrameReport {
  /** Frames that were not there when they were asked for. */
  readonly loss: number;
  /** Frames handed out. */
  readonly success: number;
  /** Whether the numbers cover a whole minute of playing. */
  readonly usable: boolean;
}

interface BaseReport<Time> {
  /** Clock of the node in ms since 1970. */
  readonly time: Time;
  /** ms; null when no track is loaded. */
  readonly position: number | null;
  readonly paused: boolean;
  /** Percent, from 0 to 1000. */
  readonly volume: number;
  /** All nine, each with all its settings. */
  readonly filters: { readonly [Name in FilterName]: FilterState<Name> };
  readonly frame: FrameReport;
}

/** A mixer player as it stands in JSON; its time is a text. */
export type MixerPlayerReport = BaseReport<string>;

/** A player as it stands in JSON (section 7.1 of the protocol). */
export interface PlayerReport extends BaseReport<number> {
  /** By id. */
  readonly mixer: Readonly<Record<string, MixerPlayerReport>>;
  /** Whether the mixer is what can be heard. */
  readonly mixerEnabled: boolean;
  /** Only in the answer to `destroy`. */
  readonly destroyed?: true;
}
