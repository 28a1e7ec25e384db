/** Values of the placeholders in a text. */
export type Values = Readonly<Record<string, string | number>>;

/** Replaces `{name}` placeholders; a placeholder without a value is kept. */
export const interpolate = (text: string, values: Values = {}): string =>
  text.replace(/\{(\w+)\}/g, (placeholder, name: string) => String(values[name] ?? placeholder));
