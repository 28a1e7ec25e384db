import { FilterMap, type FilterMapLike } from "@asterite/andesite";
import { FILTER_MAP } from "@asterite/andesite/advanced";

/** Filter settings by their names on the wire; filters that are not listed are off. */
export type FilterTable = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Converts filters to the form in which they are sent and stored.
 *
 * @throws The validation errors of the filter models.
 */
export const toFilterTable = (filters: FilterMapLike): FilterTable =>
  JSON.parse(JSON.stringify(new FilterMap(filters instanceof FilterMap ? filters : { ...filters }).toRaw()));

/** Adds all other filters as disabled: nodes keep the settings of filters that a message does not list. */
export function completeFilters(table: FilterTable): Record<string, object> {
  const all = Object.entries(FILTER_MAP).map(([name, Model]): [string, object] => {
    const filter = new Model();
    filter.enabled = false;
    return [name, filter.toRaw()];
  });
  return { ...Object.fromEntries(all), ...table };
}

/**
 * Returns the speed of the position relative to real time: nodes count `speed` only, not `rate` and `pitch`.
 */
export function speedOf(table: FilterTable): number {
  const speed = table["timescale"]?.["speed"];
  return typeof speed === "number" && speed > 0 ? speed : 1;
}
