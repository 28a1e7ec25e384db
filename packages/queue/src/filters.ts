import { FILTER_MAP, FilterMap, type FilterMapLike } from "@asterite/andesite";

/** Settings of filters by their names on the wire; those that are not named are off. */
export type FilterTable = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * The settings as they are sent and stored.
 *
 * @throws What the models of the filters throw for settings that are none.
 */
export const toFilterTable = (filters: FilterMapLike): FilterTable =>
  JSON.parse(JSON.stringify(new FilterMap(filters instanceof FilterMap ? filters : { ...filters }).toRaw()));

/** A table with all filters: nodes keep what is not named, so those that are off have to be sent too. */
export function completeFilters(table: FilterTable): Record<string, object> {
  const all = Object.entries(FILTER_MAP).map(([name, Model]): [string, object] => {
    const filter = new Model();
    filter.enabled = false;
    return [name, filter.toRaw()];
  });
  return { ...Object.fromEntries(all), ...table };
}

/** How much faster than real time the position moves: nodes count the speed alone, not rate and pitch. */
export function speedOf(table: FilterTable): number {
  const speed = table["timescale"]?.["speed"];
  return typeof speed === "number" && speed > 0 ? speed : 1;
}
