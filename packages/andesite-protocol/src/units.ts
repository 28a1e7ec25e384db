// The wire uses integer milliseconds and percent; the API of clients uses seconds and factors.

type Nullable<Value> = Value extends null | undefined ? null : number;

/** Converts ms on the wire to seconds; null and undefined become null. */
export function fromMilli<Value extends number | null | undefined>(ms: Value): Nullable<Value> {
  return (typeof ms === "number" ? ms / 1_000 : null) as Nullable<Value>;
}

/** Converts seconds to whole ms on the wire, rounding half up; null and undefined become null. */
export function toMilli<Value extends number | null | undefined>(seconds: Value): Nullable<Value> {
  return (typeof seconds === "number" ? Math.round(seconds * 1_000) : null) as Nullable<Value>;
}

/** Converts percent on the wire to a factor; null and undefined become null. */
export function fromCenti<Value extends number | null | undefined>(percent: Value): Nullable<Value> {
  return (typeof percent === "number" ? percent / 100 : null) as Nullable<Value>;
}

/** Converts a factor to whole percent on the wire, rounding half up; null and undefined become null. */
export function toCenti<Value extends number | null | undefined>(factor: Value): Nullable<Value> {
  return (typeof factor === "number" ? Math.round(factor * 100) : null) as Nullable<Value>;
}
