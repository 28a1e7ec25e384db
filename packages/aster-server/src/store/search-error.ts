/** A search failed in the database. Without the cause, whose message may quote what a user searched for. */
export class SearchError extends Error {
  override readonly name = "SearchError";
  /** Code of the database or the system, such as `57014`. */
  readonly code: string;

  constructor(error: unknown) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    super(`search failed: ${code}`);
    this.code = code;
  }
}
