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

/** Class of a filter. */
export interface FilterClass<Model extends Filter = Filter> {
  new (): Model;
  /** Reads the settings of a filter; throws a `MalformedDataError` when they are malformed. */
  fromRaw(raw: unknown): Model;
}

/** Class of each filter, by its name on the wire. */
export const FILTER_MAP = /* @__PURE__ */ Object.freeze({
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

/** Returns the class of a filter by its name on the wire; null for unknown names. */
export const getFilterModel = (name: string): FilterClass | null =>
  Object.hasOwn(FILTER_MAP, name) ? FILTER_MAP[name as keyof typeof FILTER_MAP] : null;

/** Filters by their names on the wire: instances, or settings in the form of the wire. */
export type FilterMapLike = FilterMap | Readonly<Record<string, Filter | object>>;

/** Filters of a player by their names on the wire. Unknown names keep their raw values. */
export class FilterMap implements Iterable<string> {
  readonly #filters: Record<string, unknown>;

  /**
   * @param filters - An object, which the map keeps and modifies, or a `FilterMap`, which is copied.
   * @throws InvalidTypeError for other values.
   */
  constructor(filters: FilterMap | Record<string, unknown> = {}) {
    if (typeof filters !== "object" || filters === null || Array.isArray(filters)) {
      throw new InvalidTypeError("filters", "a FilterMap or an object");
    }
    this.#filters = filters instanceof FilterMap ? { ...filters.#filters } : filters;
  }

  /**
   * Reads the filters of a player's state. Known names become instances.
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

  /** Returns the instance or raw settings stored under a name. */
  get(name: string): unknown {
    return this.has(name) ? this.#filters[name] : undefined;
  }

  /** Stores a filter or its raw settings under a name. */
  set(name: string, filter: unknown): this {
    // A node may send the name "__proto__", for which plain assignment would change the prototype.
    const descriptor = { value: filter, configurable: true, enumerable: true, writable: true };
    Object.defineProperty(this.#filters, name, descriptor);
    return this;
  }

  /** Returns whether the map has an entry for a name. */
  has(name: string): boolean {
    return Object.hasOwn(this.#filters, name);
  }

  /** Removes the entry of a name. Returns whether there was one. */
  delete(name: string): boolean {
    return this.has(name) && delete this.#filters[name];
  }

  /** Iterates over the names. */
  [Symbol.iterator](): Iterator<string> {
    return Object.keys(this.#filters).values();
  }

  /**
   * Returns the filter of a name: the stored instance; an instance created from the stored settings, which it
   * replaces; or a new instance with default settings, which is stored.
   *
   * @throws InvalidTypeError when the stored value is neither an instance of the class nor an object.
   * @throws MalformedDataError when the stored settings are malformed.
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

  /** Filter that mixes the two channels; created with default settings when missing. */
  get channelMix(): ChannelMix {
    return this.getFilter("channelmix", ChannelMix);
  }

  /** Equalizer; created when missing. */
  get equalizer(): Equalizer {
    return this.getFilter("equalizer", Equalizer);
  }

  /** Filter that removes vocals; created with default settings when missing. */
  get karaoke(): Karaoke {
    return this.getFilter("karaoke", Karaoke);
  }

  /** Filter that attenuates high frequencies; created with default settings when missing. */
  get lowPass(): LowPass {
    return this.getFilter("lowpass", LowPass);
  }

  /** Filter that rotates the sound around the listener; created with default settings when missing. */
  get rotation(): Rotation {
    return this.getFilter("rotation", Rotation);
  }

  /** Filter that changes speed and pitch; created with default settings when missing. */
  get timescale(): Timescale {
    return this.getFilter("timescale", Timescale);
  }

  /** Filter that modulates the volume; created with default settings when missing. */
  get tremolo(): Tremolo {
    return this.getFilter("tremolo", Tremolo);
  }

  /** Filter that modulates the pitch; created with default settings when missing. */
  get vibrato(): Vibrato {
    return this.getFilter("vibrato", Vibrato);
  }

  /** Volume filter, independent of the player's volume; created with default settings when missing. */
  get volume(): VolumeFilter {
    return this.getFilter("volume", VolumeFilter);
  }

  /** Returns whether another map has the same names with the same settings. */
  equals(other: unknown): boolean {
    if (!(other instanceof FilterMap) || other.size !== this.size) return false;
    return [...this].every((name) => other.has(name) && isSameFilter(this.get(name), other.get(name)));
  }

  /** Returns the filters as they are sent. Entries that are null or undefined are omitted. */
  toRaw(): Record<string, unknown> {
    return this.#map((filter) => (filter instanceof Filter ? filter.toRaw() : filter));
  }

  /** Returns the filters in the form of a player's state, with `enabled`. */
  toState(): Record<string, unknown> {
    return this.#map((filter) => (filter instanceof Filter ? filter.toState() : filter));
  }

  /** Equivalent to {@link toState}, for `JSON.stringify`. */
  toJSON(): Record<string, unknown> {
    return this.toState();
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

/**
 * Compares values as JSON. Sensitive to the order of keys, which is fixed for models and unlikely to vary for
 * raw values.
 */
const isSameJson = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
