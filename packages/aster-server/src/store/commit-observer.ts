/** Is told how many works became durable together, and how long that took. */
export type CommitObserver = (works: number, durationMs: number) => void;
