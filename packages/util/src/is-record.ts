/** Returns whether a value is an object other than an array, so that its properties can be read. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Returns whether a value may be an options object: a record, and no other built-in object such as a `Date`,
 * whose options would all be missing. An `AbortController` is one, with its signal.
 */
export const isOptionsObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isRecord(value) &&
  (Object.keys(value).length > 0 ||
    "signal" in value ||
    Object.prototype.toString.call(value) === "[object Object]");
