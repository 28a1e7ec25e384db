// The wire counts in integer milliseconds and percent, programs in seconds and factors.

type Nullable<Value> = Value extends null | undefined ? null : number;

/** Milliseconds on the wire to seconds; null stays null. */
export function fromMilli<Value extends number | null | undefined>(ms: Value): Nullable<Value> {
  return (typeof ms === "number" ? ms / 1_000 : null) as Nullable<Value>;
}

/** Seconds to whole milliseconds on the wire, halves up; null stays null. */
export function toMilli<Value extends number | null | undefined>(seconds: Value): Nullable<Value> {
  return (typeof seconds === "number" ? Math.round(seconds * 1_000) : null) as Nullable<Value>;
}

/** Percent on the wire to a factor; null stays null. */
export function fromCenti<Value extends number | null | undefined>(percent: Value): Nullable<Value> {
  return (typeof percent === "number" ? percent / 100 : null) as Nullable<Value>;
}

/** A factor to whole percent on the wire, halves up; null stays null. */
export function toCenti<Value extends number | null | undefined>(factor: Value): Nullable<Value> {
  return (typeof factor === "number" ? Math.round(factor * 100) : null) as Nullable<Value>;
}
