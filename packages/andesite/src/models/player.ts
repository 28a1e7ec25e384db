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

/** Audio frames of a player in the last minute. */
export interface PlayerFrameStats {
  /** Number of missing frames. */
  readonly loss: number;
  /** Number of sent frames. */
  readonly success: number;
  /** Whether the player has played for a full minute, so that the numbers are meaningful. */
  readonly usable: boolean;
}

/** Base class of {@link Player} and {@link MixerPlayer}. */
export abstract class BasePlayer {
  /** Time of this state by the node's clock; the time of receipt when the node omits it. */
  readonly time: Date;
  /** Position in seconds; null when no track is loaded. */
  readonly position: number | null;
  /** Whether the player is paused. */
  readonly paused: boolean;
  /** Volume as a factor; 1 is 100 %. */
  readonly volume: number;
  /** Filters, including disabled ones. */
  readonly filters: FilterMap;
  /** Audio frames of the last minute. */
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
   * Estimated current position in seconds, at least 0; null when no track is loaded. Computed from {@link
   * position} and the time since {@link time}, so it assumes that the clocks of node and client agree.
   */
  get livePosition(): number | null {
    if (this.position === null || this.paused) return this.position;
    return Math.max(0, this.position + (Date.now() - this.time.getTime()) / 1_000);
  }

  /** Returns the common fields in the form of the wire. */
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

/** State of one player of a mixer. */
export class MixerPlayer extends BasePlayer {
  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): MixerPlayer {
    return MixerPlayer.fromWire(requireValid("mixer player", readMixerPlayer(raw)));
  }

  /** Creates a mixer player from a validated state. */
  static fromWire(wire: WireMixerPlayer): MixerPlayer {
    return new MixerPlayer(wire);
  }

  /** Returns the state in the form of the wire, which can be stored as JSON. */
  toRaw() {
    return this.toBaseRaw();
  }
}

/** Mixer players by their ids. */
export type MixerMap = Readonly<Record<string, MixerPlayer>>;

/** State of a player as reported by a node. */
export class Player extends BasePlayer {
  /** Mixer players by their ids. */
  readonly mixer: MixerMap;
  /** Whether the output of the mixer replaces that of the player. */
  readonly mixerEnabled: boolean;
  /** True only in the reply to `destroy`. */
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

  /** Creates a player from a validated state. */
  static fromWire(wire: WirePlayer): Player {
    return new Player(wire);
  }

  /** Returns the state in the form of the wire, which can be stored as JSON. */
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

/** Returns the current time when the node sent none, or a number outside the range of `Date`. */
function readTime(time: number | null): Date {
  const date = new Date(time ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? new Date() : date;
}
