const until = new Map<string, number>();

/** Notes that the account wrote in a slow channel. */
export function wroteSlowly(place: string, slowSeconds: number, now: number): void {
  if (slowSeconds > 0) until.set(place, now + slowSeconds * 1000);
}

/** Seconds until the account may write there again, by what this page knows; 0 if it may now. */
export const slowSecondsLeft = (place: string, now: number): number =>
  Math.max(0, Math.ceil(((until.get(place) ?? 0) - now) / 1000));
