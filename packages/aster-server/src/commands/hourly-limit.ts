import type { UseLimit } from "../store/store.ts";

const hourMs = 3_600_000;

/** Returns the limit of so many uses at once and per hour; undefined without a limit. */
export const hourlyLimit = (perHour: number): UseLimit | undefined =>
  perHour === Number.POSITIVE_INFINITY ? undefined : { cooldownMs: hourMs / perHour, burst: perHour };
