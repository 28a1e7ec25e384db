import { InvalidTypeError, MalformedDataError } from "../errors.ts";
import { Equalizer } from "./equalizer.ts";
import { Filter } from "./filter.ts";
import {
  ChannelMix,
  Karaoke,
  LowPass,
  Rotation,
  Timescale,
  Tremolo,
  Vibrato,
  VolumeFilter,
} from "./plain-filters.ts";

/** A class of filters. */
export interface FilterClass<Model extends Filter = Filter> {
  new (): Model;
  /** Reads the settings of a filter; throws a `MalformedDataError` for what are none. */
  fromRaw(raw: unknown): Model;
}

/** The class of each filter by its name on the wire. */
export const FILTER_MAP = Object.freeze({
  channelmix: ChannelMix,
  equalizer: Equalizer,
  karaoke: Karaoke,
  lowpass: LowPass,
  rotation: Rotation,
  timescale: Timescale,
  tremolo: Tremolo,
  vibrato: Vibrato,
  volume: VolumeFilter,
});

/** The class of a filter by its name on the wire; null for one that this library does not know. */
export const getFilterModel = (name: string): FilterClass | null =>
  Object.hasOwn(FILTER_MAP, name) ? FILTER_MAP[name as keyof typeof FILTER_MAP] : null;

/** Filters by name: instances, or settings as they are sent. */
export type FilterMapLike = FilterMap | Readonly<Record<string, Filter | object>>;

/** The filters of a player by their names on the wire. Names that are not known keep their raw values. */
export class FilterMap implements Iterable<string> {
  readonly #filters: Record<string, unknown>;

  /** @param filters - Is used itself and will be changed; a `FilterMap` is copied. */
  constructor(filters: FilterMap | Record<string, unknown> = {}) {
    if (typeof filters !== "object" || filters === null || Array.isArray(filters)) {
      throw new InvalidTypeError("filters", "a FilterMap or an object");
    }
    this.#filters = filters instanceof FilterMap ? { ...filters.#filters } : filters;
  }

  /**
   * Reads filters as a player reports them; known names become instances.
   *
   * @throws MalformedDataError
   */
  static fromRaw(raw: unknown): FilterMap {
    if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
      throw new MalformedDataError("filters", "", "an object");
    }
    const map = new FilterMap();
    for (const [name, value] of Object.entries(raw)) {
      map.set(name, value === null ? null : (getFilterModel(name)?.fromRaw(value) ?? value));
    }
    return map;
  }

  /** Number of filters. */
  get size(): number {
    return Object.keys(this.#filters).length;
  }

  /** What is stored under a name: an instance or raw settings. */
  get(name: string): unknown {
    return this.has(name) ? this.#filters[name] : undefined;
  }

  /** Stores a filter, or the raw settings of one. */
  set(name: string, filter: unknown): this {
    // Assignment would change the prototype for the name "__proto__", which a node may send.
    const descriptor = { value: filter, configurable: true, enumerable: true, writable: true };
    Object.defineProperty(this.#filters, name, descriptor);
    return this;
  }

  /** Whether something is stored under a name. */
  has(name: string): boolean {
    return Object.hasOwn(this.#filters, name);
  }

  /** Removes what is stored under a name; false when there was nothing. */
  delete(name: string): boolean {
    return this.has(name) && delete this.#filters[name];
  }

  /** Iterates over the names. */
  [Symbol.iterator](): Iterator<string> {
    return Object.keys(this.#filters).values();
  }

  /**
   * The filter of a name: the stored instance; the stored settings made into an instance, which replaces
   * them; or a new one with default settings, which is stored.
   *
   * @throws InvalidTypeError when something else is stored there.
   * @throws MalformedDataError when the stored settings are none.
   */
  getFilter<Model extends Filter>(name: string, cls: FilterClass<Model>): Model {
    const stored = this.get(name) ?? null;
    if (stored instanceof cls) return stored;
    if (stored instanceof Filter || (stored !== null && typeof stored !== "object")) {
      throw new InvalidTypeError(name, `a ${cls.name}`);
    }
    const filter = stored === null ? new cls() : cls.fromRaw(stored);
    this.set(name, filter);
    return filter;
  }

  /** Stores a filter under its own name. */
  setFilter(filter: Filter): void {
    this.set(filter.filterName, filter);
  }

  /** Mixes the two channels; made with default settings when missing. */
  get channelMix(): ChannelMix {
    return this.getFilter("channelmix", ChannelMix);
  }

  /** The equalizer; made with default settings when missing. */
  get equalizer(): Equalizer {
    return this.getFilter("equalizer", Equalizer);
  }

  /** Removes voices; made with default settings when missing. */
  get karaoke(): Karaoke {
    return this.getFilter("karaoke", Karaoke);
  }

  /** Damps high frequencies; made with default settings when missing. */
  get lowPass(): LowPass {
    return this.getFilter("lowpass", LowPass);
  }

  /** Moves the sound in a circle; made with default settings when missing. */
  get rotation(): Rotation {
    return this.getFilter("rotation", Rotation);
  }

  /** Changes speed and pitch; made with default settings when missing. */
  get timescale(): Timescale {
    return this.getFilter("timescale", Timescale);
  }

  /** Wavering volume; made with default settings when missing. */
  get tremolo(): Tremolo {
    return this.getFilter("tremolo", Tremolo);
  }

  /** Wavering pitch; made with default settings when missing. */
  get vibrato(): Vibrato {
    return this.getFilter("vibrato", Vibrato);
  }

  /** Volume of the filter, not of the player; made with default settings when missing. */
  get volume(): VolumeFilter {
    return this.getFilter("volume", VolumeFilter);
  }

  /** Whether the other map has the same names with the same settings. */
  equals(other: unknown): boolean {
    if (!(other instanceof FilterMap) || other.size !== this.size) return false;
    return [...this].every((name) => other.has(name) && isSameFilter(this.get(name), other.get(name)));
  }

  /** The filters as they are sent; names without a value are left out. */
  toRaw(): Record<string, unknown> {
    return this.#map((filter) => (filter instanceof Filter ? filter.toRaw() : filter));
  }

  /** The filters as a player's state holds them, whether enabled or not. */
  toState(): Record<string, unknown> {
    return this.#map((filter) => (filter instanceof Filter ? filter.toState() : filter));
  }

  #map(convert: (filter: unknown) => unknown): Record<string, unknown> {
    const given = Object.entries(this.#filters).filter(([, value]) => value !== null && value !== undefined);
    return Object.fromEntries(given.map(([name, value]) => [name, convert(value)]));
  }
}

function isSameFilter(one: unknown, other: unknown): boolean {
  if (one instanceof Equalizer) return one.equals(other) && one.enabled === (other as Equalizer).enabled;
  if (one instanceof Filter && other instanceof Filter) {
    return one.filterName === other.filterName && isSameJson(one.toState(), other.toState());
  }
  return isSameJson(one, other);
}

/** The order of keys is the same for models and irrelevant enough for values that nobody knows. */
const isSameJson = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
