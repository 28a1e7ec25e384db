import type { FilterReport } from "@asterite/audio/dsp";
import type { RemoteDeck } from "../engine/remote-deck.ts";
import type { FrameCounts } from "../engine/shared-deck-stats.ts";

interface BaseReport<Time> {
  /** Clock of the node in ms since 1970. */
  readonly time: Time;
  /** ms; `null` if no track is loaded. */
  readonly position: number | null;
  readonly paused: boolean;
  /** Percent, from 0 to 1000. */
  readonly volume: number;
  /** All filters with all settings, and the effects that were changed. */
  readonly filters: FilterReport;
  readonly frame: FrameCounts;
}

/** State of a mixer player as JSON; its time is a string. */
export type MixerPlayerReport = BaseReport<string>;

/** State of a player as JSON (section 7.1 of the protocol). */
export interface PlayerReport extends BaseReport<number> {
  /** The mixer players by id. */
  readonly mixer: Readonly<Record<string, MixerPlayerReport>>;
  /** Whether the audio comes from the mixer. */
  readonly mixerEnabled: boolean;
  /** Present only in the reply to `destroy`. */
  readonly destroyed?: true;
}

/** Returns the state of a deck as JSON. */
export const reportDeck = (deck: RemoteDeck, nowMs: number): MixerPlayerReport => ({
  time: String(nowMs),
  position: deck.track ? deck.positionMs : null,
  paused: deck.isPaused,
  volume: deck.volume,
  filters: deck.filters.report(),
  frame: deck.frames,
});
