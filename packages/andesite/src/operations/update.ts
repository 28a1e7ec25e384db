import { fromCenti, fromMilli, type MixerEntry } from "@asterite/andesite-protocol";
import { InvalidTypeError } from "../errors.ts";
import { mixIn } from "../mixin.ts";
import { FilterMap, type FilterMapLike } from "../models/filter-map.ts";
import { Play, readPlayOptions } from "./playback.ts";
import {
  convertGiven,
  factorToRaw,
  type Optional,
  omitNull,
  readFields,
  requireBoolean,
  SendOperation,
  secondsToRaw,
} from "./send-operation.ts";

/** Changes filters; those that it does not hold stay as they are. It is a {@link FilterMap}. */
export class FilterUpdate extends FilterMap implements SendOperation {
  readonly op = "filters";

  /** @throws MalformedDataError */
  static override fromRaw(raw: unknown): FilterUpdate {
    return new FilterUpdate(FilterMap.fromRaw(raw));
  }

  /** A filter update of a map, of which a copy is made, or of an object; an update stays itself. */
  static from(filters: FilterMapLike): FilterUpdate {
    if (filters instanceof FilterUpdate) return filters;
    return new FilterUpdate(filters instanceof FilterMap ? filters : { ...filters });
  }
}
mixIn(FilterUpdate, SendOperation);

/** The fields of {@link Update}. */
export interface UpdateOptions {
  /** Default: as it is. */
  readonly pause?: Optional<boolean>;
  /** Seconds. Default: as it is. */
  readonly position?: Optional<number>;
  /** Factor; nodes accept 0 to 10. Default: as it is. */
  readonly volume?: Optional<number>;
  /** Default: as they are. */
  readonly filters?: Optional<FilterMapLike>;
}

/** Changes several things at once, in the order pause, position, volume, filters. */
export class Update extends SendOperation {
  readonly op = "update";
  /** Whether to pause; null leaves it. */
  readonly pause: boolean | null;
  /** Where to go, in seconds; null stays. */
  readonly position: number | null;
  /** Factor; null leaves it. */
  readonly volume: number | null;
  /** Filters to change; null leaves them. */
  readonly filters: FilterUpdate | null;

  /** @throws InvalidTypeError when the filters are no object. */
  constructor(options?: UpdateOptions | null) {
    super();
    this.pause = options?.pause ?? null;
    this.position = options?.position ?? null;
    this.volume = options?.volume ?? null;
    this.filters = options?.filters ? FilterUpdate.from(options.filters) : null;
  }

  /** @throws MalformedDataError */
  static fromRaw(raw: unknown): Update {
    return new Update(readUpdateOptions(readFields("update", raw)));
  }

  /** @throws InvalidTypeError, OutOfRangeError naming the field that cannot be sent. */
  override toRaw(): Record<string, unknown> {
    return omitNull({
      pause: convertGiven(requireBoolean, "pause", this.pause),
      position: convertGiven(secondsToRaw, "position", this.position),
      volume: convertGiven(factorToRaw, "volume", this.volume),
      filters: this.filters?.toRaw(),
    });
  }
}

function readUpdateOptions(
  fields: Pick<MixerEntry, "pause" | "position" | "volume" | "filters">,
): UpdateOptions {
  return {
    pause: fields.pause,
    position: fromMilli(fields.position),
    volume: fromCenti(fields.volume),
    filters: fields.filters && FilterUpdate.fromRaw(fields.filters),
  };
}

/** What to do with each mixer player, by its id: play (or, with a track of null, stop) or change it. */
export type MixerPlayerUpdateMap = Readonly<Record<string, Play | Update>>;

/** Changes the mixer and its players. */
export class MixerUpdate extends SendOperation {
  readonly op = "mixer";
  /** Whether the mixer is to be heard; null leaves it as it is. */
  readonly enable: boolean | null;
  /** What to change, by the ids of mixer players. */
  readonly players: MixerPlayerUpdateMap;

  /** @throws InvalidTypeError when a player is neither a {@link Play} nor an {@link Update}. */
  constructor(enable?: Optional<boolean>, players?: Optional<MixerPlayerUpdateMap>) {
    super();
    this.enable = enable ?? null;
    this.players = players ?? {};
    for (const [id, player] of Object.entries(this.players)) {
      if (!(player instanceof Play) && !(player instanceof Update)) {
        throw new InvalidTypeError(`players.${id}`, "a Play or an Update");
      }
    }
  }

  /**
   * Reads a mixer update: an entry with a track, null included, is a {@link Play}.
   *
   * @throws MalformedDataError
   */
  static fromRaw(raw: unknown): MixerUpdate {
    const { enable, players } = readFields("mixer", raw);
    const entries = Object.entries(players).map(([id, entry]) => [id, readEntry(entry)] as const);
    return new MixerUpdate(enable, Object.fromEntries(entries));
  }

  /** @throws InvalidTypeError, OutOfRangeError naming the field that cannot be sent. */
  override toRaw(): Record<string, unknown> {
    const players = Object.entries(this.players).map(([id, player]) => [id, player.toRaw()] as const);
    return {
      ...omitNull({ enable: convertGiven(requireBoolean, "enable", this.enable) }),
      players: Object.fromEntries(players),
    };
  }
}

const readEntry = (entry: MixerEntry): Play | Update =>
  entry.track === undefined
    ? new Update(readUpdateOptions(entry))
    : new Play(entry.track, readPlayOptions(entry));
