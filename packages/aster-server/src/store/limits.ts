/** Session tokens kept for one account; a new token replaces the least recently used one. */
export const maxTokensPerUser = 50;

/** How long a nonce identifies a repeated send. */
export const nonceLifetimeSeconds = 86_400;
/**
 * One in this many messages also deletes expired nonces; the low bits of UUIDs are random, so `uuid % n === 0` picks
 * them.
 */
export const cleanupInterval = 1000;

/**
 * Bytes of all texts in one reply of `history` or `events_after`, above which it has fewer entries: a larger one would
 * delay every other client while it is built, and take memory from them while it is not read.
 */
export const maxPageBytes = 512 * 1024;

/** Events that are always kept. */
export const minEventsKept = 100_000;
/** Number of events after which the oldest are deleted. */
export const eventCleanupInterval = 10_000;
