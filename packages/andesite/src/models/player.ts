import {
  fromCenti,
  fromMilli,
  readMixerPlayer,
  readPlayer,
  toCenti,
  toMilli,
  type WireMixerPlayer,
  type WirePlayer,
} from "@asterite/andesite-protocol";
import { requireValid } from "../errors.ts";
import { FilterMap } from "./filter-map.ts";

/** How many frames of the last minute arrived. */
export interface PlayerFrameStats {
  /** Frames that were missing. */
  readonly loss: number;
  /** Frames that were sent. */
  readonly success: number;
  /** Whether the player has played for a minute without a gap. */
  readonly usable: boolean;
}

/** What {@link Player} and {@link MixerPlayer} have in common. */
export abstract class BasePlayer {
  /** Clock of the node when this was true; the time of receipt, when the node does not say. */
  readonly time: Date;
  /** Seconds; null when no track is loaded. */
  readonly position: number | null;
  /** Whether the player is paused. */
  readonly paused: boolean;
  /** Factor; 1 is 100 %. */
  readonly volume: number;
  /** The filters, those that are off included. */
  readonly filters: FilterMap;
  /** Frames of the last minute. */
  readonly frame: PlayerFrameStats;

  protected constructor(wire: WireMixerPlayer) {
    this.time = readTime(wire.time);
    this.position = fromMilli(wire.position);
    this.paused = wire.paused;
    this.volume = fromCenti(wire.volume);
    this.filters = FilterMap.fromRaw(wire.filters);
    this.frame = wire.frame;
  }

  /**
   * Position in seconds right now, worked out from the time that has passed; never below 0. Null when no
   * track is loaded. Assumes that the clocks of node and client agree.
   */
  get livePosition(): number | null {
    if (this.position === null || this.paused) return this.position;
    return Math.max(0, this.position + (Date.now() - this.time.getTime()) / 1_000);
  }

  /** The fields that both kinds of players have, as they travel. */
  protected toBaseRaw() {
    return {
      time: this.time.getTime(),
      position: toMilli(this.position),
      paused: this.paused,
      volume: toCenti(this.volume),
      filters: this.filters.toState(),
      frame: this.frame,
    };
  }
}

/** One player of a mixer. */
export class MixerPlayer extends BasePlayer {
  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): MixerPlayer {
    return MixerPlayer.fromWire(requireValid("mixer player", readMixerPlayer(raw)));
  }

  /** From a state that has been read already. */
  static fromWire(wire: WireMixerPlayer): MixerPlayer {
    return new MixerPlayer(wire);
  }

  /** As it travels; can be stored as JSON. */
  toRaw() {
    return this.toBaseRaw();
  }
}

/** Mixer players by their ids. */
export type MixerMap = Readonly<Record<string, MixerPlayer>>;

/** The state of a player as a node reported it. */
export class Player extends BasePlayer {
  /** The players of the mixer by their ids. */
  readonly mixer: MixerMap;
  /** Whether the mixer is what can be heard. */
  readonly mixerEnabled: boolean;
  /** True in the reply to `destroy`. */
  readonly destroyed: boolean;

  protected constructor(wire: WirePlayer) {
    super(wire);
    this.mixer = Object.fromEntries(
      Object.entries(wire.mixer).map(([id, player]) => [id, MixerPlayer.fromWire(player)]),
    );
    this.mixerEnabled = wire.mixerEnabled;
    this.destroyed = wire.destroyed;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Player {
    return Player.fromWire(requireValid("player", readPlayer(raw)));
  }

  /** From a state that has been read already. */
  static fromWire(wire: WirePlayer): Player {
    return new Player(wire);
  }

  /** As it travels; can be stored as JSON. */
  toRaw() {
    const mixer = Object.entries(this.mixer).map(([id, player]) => [id, player.toRaw()] as const);
    return {
      ...this.toBaseRaw(),
      mixer: Object.fromEntries(mixer),
      mixerEnabled: this.mixerEnabled,
      destroyed: this.destroyed,
    };
  }
}

/** A date cannot hold every number that a node may send. */
function readTime(time: number | null): Date {
  const date = new Date(time ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? new Date() : date;
}
