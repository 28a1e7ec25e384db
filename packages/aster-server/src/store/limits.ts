/** Most tokens of one account; a new one pushes out the one that was used longest ago. */
export const maxTokensPerUser = 50;

/** How long a nonce counts. */
export const nonceLifetimeSeconds = 86_400;
/** Message numbers are random, so that one in so many of them can clear away what has expired. */
export const cleanupInterval = 1000;

/** How many events are kept at least. */
export const minEventsKept = 100_000;
/** How many more may gather before the oldest go. */
export const eventCleanupInterval = 10_000;
