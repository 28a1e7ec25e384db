/** Session tokens kept for one account; a new token replaces the least recently used one. */
export const maxTokensPerUser = 50;

/** How long a nonce identifies a repeated send. */
export const nonceLifetimeSeconds = 86_400;
/**
 * One in this many messages also deletes expired nonces; UUIDs are random, so `uuid % n === 0` picks them.
 */
export const cleanupInterval = 1000;

/**
 * Characters of all texts in one reply of `history` or `events_after`, above which it has fewer entries: building and
 * sending a larger one would delay every other client. 100 messages of the default length fit.
 */
export const maxPageCharacters = 1024 * 1024;

/** Events that are always kept. */
export const minEventsKept = 100_000;
/** Number of events after which the oldest are deleted. */
export const eventCleanupInterval = 10_000;
