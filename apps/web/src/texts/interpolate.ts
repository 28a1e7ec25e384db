/** Values for the places of a text. */
export type Values = Readonly<Record<string, string | number>>;

/** Puts values into their places; a place without a value stays. */
export const fill = (text: string, values: Values = {}): string =>
  text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
