/** Called after each commit with the number of units of work in it and its duration. */
export type CommitObserver = (units: number, durationMs: number) => void;
