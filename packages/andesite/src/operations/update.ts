import { fromCenti, fromMilli, type MixerEntry } from "@asterite/andesite-protocol";
import { isRecord } from "@asterite/util";
import { requireKnownOptions } from "../checks.ts";
import { InvalidTypeError, withFieldPrefix } from "../errors.ts";
import { mixIn } from "../mixin.ts";
import { requireValidFilters } from "../models/filter-checks.ts";
import { FilterMap, type FilterMapLike } from "../models/filter-map.ts";
import { Play, readPlayOptions } from "./playback.ts";
import {
  convertGiven,
  type Optional,
  omitNull,
  readFields,
  requireBoolean,
  SendOperation,
  secondsToRaw,
  volumeToRaw,
} from "./send-operation.ts";

/**
 * Operation that changes filters: a {@link FilterMap} of the changes. Filters that are not in the map stay
 * unchanged.
 */
export class FilterUpdate extends FilterMap implements SendOperation {
  readonly op = "filters";

  /** @throws MalformedDataError */
  static override fromRaw(raw: unknown): FilterUpdate {
    return new FilterUpdate(FilterMap.fromRaw(raw));
  }

  /**
   * Returns the argument if it is a filter update, otherwise a filter update with a copy of the map or
   * object.
   */
  static from(filters: FilterMapLike): FilterUpdate {
    if (filters instanceof FilterUpdate) return filters;
    // The filters of an array would be sent by their indices, which nodes ignore.
    if (typeof filters !== "object" || filters === null || Array.isArray(filters)) {
      throw new InvalidTypeError("filters", "a FilterMap or an object", { value: filters });
    }
    return new FilterUpdate(filters instanceof FilterMap ? filters : { ...filters });
  }

  /** @throws InvalidTypeError, OutOfRangeError naming the first setting that nodes refuse. */
  override toRaw(): Record<string, unknown> {
    const raw = super.toRaw();
    requireValidFilters(raw);
    return raw;
  }
}
mixIn(FilterUpdate, SendOperation);

/** Fields of {@link Update}. */
export interface UpdateOptions {
  /** Whether the player is paused. Default: unchanged. */
  readonly pause?: Optional<boolean>;
  /** Position to seek to, in seconds. Default: unchanged. */
  readonly position?: Optional<number>;
  /** Volume as a factor; 0 to 10. Default: unchanged. */
  readonly volume?: Optional<number>;
  /** Filters to change. Default: unchanged. */
  readonly filters?: Optional<FilterMapLike>;
}

const updateOptions: readonly (keyof UpdateOptions)[] = ["pause", "position", "volume", "filters"];

/** Operation that changes pause, position, volume and filters, in this order. */
export class Update extends SendOperation {
  readonly op = "update";
  /** Whether the player is paused; null leaves it unchanged. */
  readonly pause: boolean | null;
  /** Position to seek to, in seconds; null for none. */
  readonly position: number | null;
  /** Volume as a factor; null leaves it unchanged. */
  readonly volume: number | null;
  /** Filters to change; null leaves them unchanged. */
  readonly filters: FilterUpdate | null;

  /** @throws InvalidTypeError when the filters are not an object, or for an unknown option. */
  constructor(options?: UpdateOptions | null) {
    super();
    requireKnownOptions("", options, updateOptions);
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
      volume: convertGiven(volumeToRaw, "volume", this.volume),
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

/**
 * Operations on mixer players by their ids: a {@link Play} starts or (track null) stops one, and an
 * {@link Update} changes it.
 */
export type MixerPlayerUpdateMap = Readonly<Record<string, Play | Update>>;

/** Operation that changes the mixer and its players. */
export class MixerUpdate extends SendOperation {
  readonly op = "mixer";
  /** Whether the output of the mixer replaces that of the player; null leaves it unchanged. */
  readonly enable: boolean | null;
  /** Operations by the ids of mixer players. */
  readonly players: MixerPlayerUpdateMap;

  /** @throws InvalidTypeError when a player is neither a {@link Play} nor an {@link Update}. */
  constructor(enable?: Optional<boolean>, players?: Optional<MixerPlayerUpdateMap>) {
    super();
    this.enable = enable ?? null;
    this.players = players ?? {};
    if (!isRecord(this.players)) throw new InvalidTypeError("players", "an object", { value: players });
    for (const [id, player] of Object.entries(this.players)) {
      if (!(player instanceof Play) && !(player instanceof Update)) {
        throw new InvalidTypeError(`players.${id}`, "a Play or an Update", { value: player });
      }
      if (player instanceof Play && player.userData !== null) {
        throw new InvalidTypeError(`players.${id}.userData`, "absent: a mixer player has no events");
      }
    }
  }

  /**
   * Reads a mixer update. An entry with a `track`, including null, becomes a {@link Play}, other entries an
   * {@link Update}.
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
    const players = Object.entries(this.players).map(
      ([id, player]) => [id, withFieldPrefix(`players.${id}`, () => player.toRaw())] as const,
    );
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
