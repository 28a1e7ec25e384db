import type { DebugEntry } from "../debug.ts";

/** Returns an entry of a pool's debug log, with clients and errors as text. */
export const poolEntry = (event: string, details: Readonly<Record<string, unknown>>): DebugEntry => ({
  source: "pool",
  event,
  details: Object.fromEntries(Object.entries(details).map(([name, value]) => [name, toText(value)])),
});

function toText(value: unknown): unknown {
  if (value instanceof Error) return value.message;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? String(value) : value;
}
