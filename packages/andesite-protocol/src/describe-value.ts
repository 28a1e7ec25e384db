const maxLength = 60;

/**
 * Returns a value as an error message shows it: strings in quotes and cut to 60 characters, objects and
 * functions by their kind only.
 */
export function describeValue(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > maxLength ? `${value.slice(0, maxLength - 1)}…` : value);
  }
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
