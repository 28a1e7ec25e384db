export { type BackoffOptions, backoffDelayMs } from "./backoff.ts";
export { type Clock, maxTimerMs, startTimer, systemClock } from "./clock.ts";
export { Cooldowns } from "./cooldowns.ts";
export { isRecord } from "./is-record.ts";
export { KeyedRateLimiter, type RateLimit } from "./keyed-rate-limiter.ts";
export { type Logger, silentLogger } from "./logger.ts";
export { raceSignal } from "./race-signal.ts";
export { Semaphore, SemaphoreFullError } from "./semaphore.ts";
export { TokenBucket } from "./token-bucket.ts";
